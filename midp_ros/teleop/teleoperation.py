"""Teleoperation: a person's devices as a Policy of tool targets and gripper widths; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Horizon
from midp_ros.core.errors import ContractError
from midp_ros.core.pose import Pose
from midp_ros.core.window import ObservationWindow
from midp_ros.kinematics.model import ArmModel
from midp_ros.teleop.inputs import LeaderJoints
from midp_ros.teleop.leader_sync import LeaderSync
from midp_ros.teleop.operator_input import OperatorInput
from midp_ros.teleop.reach import Reach, reduced
from midp_ros.teleop.tool_reference import REST, Command, ToolReference
from midp_ros.teleop.tracker import FOLLOWING, JOINTS, with_leader

AHEAD_S = 0.3  # of a chunk: the loop looks 0.1 s beyond the head of a motion, and the arm has to stop within
LASTS_S = 0.1  # a command is expected to last so long, and rest to follow: then the arm stops by itself
MOVES_S = 0.15  # the tool goes that way in so long: LASTS_S, and half of the time in which it stops
LATE_S = 0.1  # after a longer pause the reference starts anew from where the arm is
NEAR_M, NEAR_RAD = 0.06, 0.3  # between the target and the commanded tool
AT_REST = 1e-4  # [m/s, rad/s] of the commanded tool
FOLLOW_FRACTION = 0.5  # of the joints' speed limits, for a leader arm
ROBOT = (JOINTS, "tool_position", "tool_rotation", "gripper_width")

# From a time [s] and the measured joint positions then (joints,) to the commanded positions and velocities.
Commanded = Callable[[float, Array], tuple[Array, Array]]


def measured_at_rest(time_s: float, measured_rad: Array) -> tuple[Array, Array]:
    """The commanded state where nothing else is known."""
    return measured_rad, np.zeros_like(measured_rad)


def teleop_contract(contract: Contract, rate_hz: float, leader: bool = False) -> Contract:
    """A skill's contract as a person needs it: the robot's own observations, another rate, a short horizon.

    A person sees the scene; so the arm is not held because perception of an object fails.

    Raises:
        ContractError: an action that no device commands.
    """
    if unknown := [entry.name for entry in contract.action if entry.name not in ROBOT[1:]]:
        raise ContractError(f"a person's device has no action {unknown[0]!r}; known: {', '.join(ROBOT[1:])}")
    observation = tuple(entry for entry in contract.observation if entry.name in ROBOT)
    steps = int(np.ceil(AHEAD_S * rate_hz))
    own = replace(contract, rate_hz=rate_hz, horizon=Horizon(1, steps, 1), observation=observation, images=())
    return with_leader(own) if leader else own


class Teleoperation:
    """The Policy.

    Args:
        contract: of `teleop_contract`.
        clock: the present, on the loop's clock [s].
        commanded: the arm's commanded state, of which the measured one falls short by what the arm sags and lags.
        table_height_m: of the table's plane in the arm's base frame [m]; None: the contract's.
    """

    executed_steps = 1

    def __init__(
        self,
        contract: Contract,
        operator: OperatorInput,
        model: ArmModel,
        clock: Callable[[], float],
        commanded: Commanded = measured_at_rest,
        table_height_m: float | None = None,
    ):
        self.contract, self.operator = contract, operator
        self._model, self._clock, self._commanded = model, clock, commanded
        table_height_m = contract.table_height_m if table_height_m is None else table_height_m
        self._steps, self._reach = contract.horizon.predicted, Reach(model, table_height_m)
        profile = model.profile
        follow_rad_s = FOLLOW_FRACTION * profile.velocity_max_rad_s
        self.leader = LeaderSync(follow_rad_s, profile.position_min_rad, profile.position_max_rad)
        self._open_m, self._width_m = profile.gripper_width_max_m, float("nan")
        self._width = contract.observation_slices.get("gripper_width")
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Starts from where the arm is. The gripper keeps what it was commanded."""
        self._reference: ToolReference | None = None
        self._command: Command | LeaderJoints = REST
        self._leader_waits = False
        self._time_s = -np.inf

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The next targets, as if the person's command lasted a little longer and rest followed."""
        time_s, observed = window.time_s, window.array()[-1]
        self.operator.read(max(time_s, self._clock()))
        arm = self._arm(time_s, observed)
        tool, linear, angular = self._tool(arm)
        reference = self._moved_on(time_s, tool, linear, angular)
        self._time_s, before = time_s, self._command
        command, width_m = self.operator.command(reference.pose), self._grip(observed)
        if isinstance(command, LeaderJoints):
            if not isinstance(before, LeaderJoints):
                self.leader.begin(arm[0])
            self._command = command
            return self._follow(command, time_s, width_m, arm[0])
        if isinstance(before, LeaderJoints):  # the joints have left the tool's reference behind
            self._reference = reference = ToolReference(self.operator.settings.limits, tool, linear, angular)
        elif command is REST and reference.at_rest and _rests(linear, angular):
            # A target that the arm cannot reach is given up.
            self._reference = reference = ToolReference(self.operator.settings.limits, tool)
        self._command, poses = self._within_reach(reference, command, arm[0])
        return self._chunk(time_s, poses, width_m, arm[0])

    def commanded_tool(self, time_s: float, observed: Array) -> tuple[Pose, Array]:
        """The commanded tool pose at a time, and its velocity (3,) [m/s]."""
        tool, linear, _ = self._tool(self._arm(time_s, observed))
        return tool, linear

    def adopt_width(self, width_m: float) -> None:
        """The gripper's width that is commanded already [m]."""
        self._width_m = width_m

    # --- inside ------------------------------------------------------------------------------------------------------
    def _arm(self, time_s: float, observed: Array) -> tuple[Array, Array]:
        return self._commanded(time_s, observed[self.contract.observation_slices[JOINTS]])

    def _tool(self, arm: tuple[Array, Array]) -> tuple[Pose, Array, Array]:
        twist = self._model.jacobian(arm[0]) @ arm[1]
        return self._model.forward(arm[0]), twist[:3], twist[3:]

    def _moved_on(self, time_s: float, tool: Pose, linear: Array, angular: Array) -> ToolReference:
        """The reference at a time, after the command that was in force up to now."""
        passed_s, reference = time_s - self._time_s, self._reference
        if reference is None or not 0.0 <= passed_s <= LATE_S:
            self._command = REST
            reference = self._reference = ToolReference(self.operator.settings.limits, tool, linear, angular)
        elif isinstance(self._command, LeaderJoints):
            self.leader.advance(None if self._leader_waits else self._command.position_rad, passed_s)
        else:
            reference.advance(self._command, passed_s)
            reference.keep_near(tool, NEAR_M, NEAR_RAD)
        return reference

    def _within_reach(self, reference: ToolReference, wanted: Command, joints_rad: Array) -> tuple[Command, list[Pose]]:
        """The command, reduced until the tool can stop within reach, and the poses along it."""
        steps, step_s = self._steps, self.contract.step_s
        for command in reduced(wanted, reference.pose):
            poses = reference.ahead(command, LASTS_S, steps, step_s)
            if command is REST or self._reach.reaches(poses[-1], joints_rad, MOVES_S):
                break
        return command, poses

    def _grip(self, observed: Array) -> float:
        if np.isnan(self._width_m):
            self._width_m = self._open_m if self._width is None else float(observed[self._width][0])
        self._width_m = self.operator.gripper_width_m(self._width_m, self._open_m)
        return self._width_m

    def _follow(self, leader: LeaderJoints, time_s: float, width_m: float, joints_rad: Array) -> ActionChunk:
        """Along the leader's joints; the arm comes to rest where they would lead it into the table or itself."""
        lasting = LASTS_S, self._steps, self.contract.step_s
        path_rad = self.leader.ahead(leader.position_rad, *lasting)
        self._leader_waits = not self._reach.clear(path_rad[-1], joints_rad)
        if self._leader_waits:
            path_rad = self.leader.ahead(None, *lasting)
        return self._chunk(time_s, [self._model.forward(q) for q in path_rad], width_m, path_rad, following=True)

    def _chunk(
        self, time_s: float, poses: list[Pose], width_m: float, joints_rad: Array, following: bool = False
    ) -> ActionChunk:
        """Actions of tool poses; joints (joints,) or (steps, joints) go along with them for a leader arm."""
        places = self.contract.action_slices
        actions = np.empty((len(poses), self.contract.action_size))
        actions[:, places["tool_position"]] = [pose.position_m for pose in poses]
        actions[:, places["tool_rotation"]] = [pose.rotation6 for pose in poses]
        for name, values in (("gripper_width", width_m), (JOINTS, joints_rad), (FOLLOWING, float(following))):
            if name in places:
                actions[:, places[name]] = values
        return ActionChunk(actions, time_s, self.contract.step_s)


def _rests(linear_m_s: Array, angular_rad_s: Array) -> bool:
    return bool(max(np.abs(linear_m_s).max(), np.abs(angular_rad_s).max()) < AT_REST)
