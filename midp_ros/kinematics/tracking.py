"""From a chunk of actions to a joint trajectory; imports core.

Tool poses are followed by differential inverse kinematics; joint positions, within the limits.
"""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ContractError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.kinematics.linear import solve_positive_definite
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.kinematics.tracked_motion import TrackedMotion

JOINTS = "joint_position"  # the action
NEGLIGIBLE = 1e-5  # [m or rad] tool error below which iterations end
SMALL = 1e-3  # [m or rad] tool error that one more iteration makes negligible, since convergence is quadratic
DAMPING = 1e-5 * np.eye(6)


class ToolTracker:
    """Follows tool poses with the joints, staying close to a posture and within the robot's limits.

    Each pose is approached by damped least squares from the joints of the pose before, with the posture in the
    null space (Siciliano et al. 2009, "Robotics: Modelling, Planning and Control", section 3.5), and no joint moves
    faster than `velocity_fraction` of its limit.

    Args:
        velocity_fraction: of the robot's joint velocity limits, 0 to 1.
        posture_gain: share of the way to the posture per pose, 0 to 1.
    """

    def __init__(
        self,
        model: ArmModel,
        contract: Contract,
        velocity_fraction: float = 0.8,
        posture_gain: float = 0.05,
        iterations: int = 4,
    ):
        for name in ("tool_position", "tool_rotation"):
            if name not in contract.action_slices:
                known = list(contract.action_slices)
                raise ContractError(f"tool tracking needs action {name!r}; the contract has {known}")
        self.model = model
        self.velocity_fraction = velocity_fraction
        self.posture_gain = posture_gain
        self.iterations = iterations
        self._position = contract.action_slices["tool_position"]
        self._rotation = contract.action_slices["tool_rotation"]

    def motion(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        """The joint motion along a chunk from the given joint state.

        The first point is that state at the chunk's time; action k is reached at `time_s + (k + 1) * step_s`.
        """
        rotations = matrix_from_rotation6(chunk.actions[:, self._rotation])
        positions = chunk.actions[:, self._position]

        def follow(point: int, start: Array) -> Array:
            return self._follow(start, Pose(positions[point - 1], rotations[point - 1]), chunk.step_s)

        time_s = chunk.time_s + chunk.step_s * np.arange(len(positions) + 1, dtype=np.float64)
        return TrackedMotion(time_s, np.asarray(position_rad, float), np.asarray(velocity_rad_s, float), follow)

    def trajectory(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> JointTrajectory:
        """The whole of `motion`."""
        return self.motion(chunk, position_rad, velocity_rad_s).whole()

    def _follow(self, start: Array, target: Pose, step_s: float) -> Array:
        profile = self.model.profile
        low, high = positions_within(profile, start, self.velocity_fraction * step_s)
        q = start
        for i in range(self.iterations):
            error, jacobian = self.model.error_and_jacobian(q, target)
            squared = error @ error
            if i > 0 and squared < NEGLIGIBLE**2:
                break
            gram = jacobian @ jacobian.T + DAMPING
            if i == 0:
                posture = self.posture_gain * (profile.ready_rad - start)
                error = error - jacobian @ posture
                q = q + posture
            free = q + jacobian.T @ solve_positive_definite(gram, error)
            q = np.minimum(np.maximum(free, low), high)
            if i > 0 and squared < SMALL**2 and (q == free).all():
                break
        return q


def positions_within(profile: RobotProfile, start_rad: Array, duration_s: float) -> tuple[Array, Array]:
    """Lowest and highest joint positions (joints,) within the limits that full speed reaches from a start [rad]."""
    slowest, fastest = profile.velocity_range(start_rad)
    low = np.minimum(np.maximum(profile.position_min_rad, start_rad + duration_s * slowest), start_rad)
    high = np.maximum(np.minimum(profile.position_max_rad, start_rad + duration_s * fastest), start_rad)
    return low, high


class JointTracker:
    """Follows joint positions within the robot's limits; used as a ToolTracker.

    Args:
        velocity_fraction: of the robot's joint velocity limits, 0 to 1.

    Raises:
        ContractError: the action has another number of joints than the robot.
    """

    def __init__(self, model: ArmModel, contract: Contract, velocity_fraction: float = 0.8):
        self.model, self.velocity_fraction = model, velocity_fraction
        self._joints = contract.action_slices[JOINTS]
        wanted, got = len(model.profile.ready_rad), self._joints.stop - self._joints.start
        if got != wanted:
            raise ContractError(f"action {JOINTS!r}: size {got}, but robot {model.profile.name!r} has {wanted} joints")

    def motion(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        """The joint motion along a chunk from the given joint state, timed as a ToolTracker's."""
        targets = chunk.actions[:, self._joints]

        def follow(point: int, start: Array) -> Array:
            low, high = positions_within(self.model.profile, start, self.velocity_fraction * chunk.step_s)
            return np.clip(targets[point - 1], low, high)

        time_s = chunk.time_s + chunk.step_s * np.arange(len(targets) + 1, dtype=np.float64)
        return TrackedMotion(time_s, np.asarray(position_rad, float), np.asarray(velocity_rad_s, float), follow)

    def trajectory(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> JointTrajectory:
        """The whole of `motion`."""
        return self.motion(chunk, position_rad, velocity_rad_s).whole()


def tracker_of(model: ArmModel, contract: Contract) -> ToolTracker | JointTracker:
    """What turns a contract's actions into joints: of an action `joint_position` these, else those of the tool's pose.

    Raises:
        ContractError: the contract commands neither.
    """
    return JointTracker(model, contract) if JOINTS in contract.action_slices else ToolTracker(model, contract)


def commanded_tool_m(model: ArmModel, contract: Contract, action: Array) -> Array:
    """Where an action (action_size,) sends the tool (3,) [m], in the base frame."""
    places = contract.action_slices
    if "tool_position" in places:
        return action[places["tool_position"]]
    return model.forward(action[places[JOINTS]]).position_m
