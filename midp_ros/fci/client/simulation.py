"""The stand-in behind its control interface, with the methods of `simulation.Simulation`; imports control.

What the robot reports and what it is commanded goes through libfranka, everything else through the scene:

    JointTrajectory -> joint_trajectory_controller -> LibfrankaRobot -> FCI -> server, Simulation
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.stop_trajectory import stop_trajectory
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose
from midp_ros.fci.client.gripper import LibfrankaGripper
from midp_ros.fci.client.robot import FciError, LibfrankaRobot
from midp_ros.fci.client.scene import Scene
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.simulation.controllers import JointTrajectoryController, Tolerances
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.tasks.missing import Missing
from midp_ros.simulation.tasks.task import TaskStatus

HAND_EVERY = 20  # cycles between two looks at the hand
SAME_TOOL_M = 1e-3
STOP_PERIOD_S = 0.01
LONGEST_COMMAND_S = 10.0  # of the hand


class LibfrankaSimulation:
    """Episodes of a task, run through libfranka.

    Time passes in `advance` alone, where the server waits for its client.

    Args:
        host: the server's address.
        ask: reaches the scene; see Scene.
        mode: one of `joint_interfaces.MODES`.

    Attributes:
        reflexes: violations that have stopped the arm since the reset, oldest first.
        exceptions: libfranka's own texts for them.
    """

    def __init__(self, host: str, ask: Callable[..., Any], mode: str = "position", robot: str = "fr3"):
        self.profile = RobotProfile.load(robot)
        self.model, self._scene = ArmModel(self.profile), Scene(ask)
        self._robot = LibfrankaRobot(host, mode, self.profile)
        self._gripper = LibfrankaGripper(host, self.profile)
        joints = self.profile.joints
        self._controller = JointTrajectoryController(Tolerances.default(joints), interpolate_from_desired_state=True)
        self._limits = MotionLimits(self.profile)
        self.reflexes: list[Violation] = []
        self.exceptions: list[str] = []

    def close(self) -> None:
        """Ends the connections."""
        self._come_to_rest()
        self._gripper.close()

    # --- an episode, as in Simulation ---------------------------------------------------------------------------------
    def reset(self, seed: int) -> None:
        """Starts the episode of a seed, with a motion of the robot; raises FciError."""
        self._come_to_rest()
        self._scene.reset(seed)
        self.reflexes, self.exceptions = [], []
        self._lost = self._scene.lost()
        self._gripper.refresh()
        self._robot.start()
        self._require_tool()
        self._controller.activate(self.time_s, self._robot.commanded_rad)
        self._wanted_m = self._commanded_m = self._gripper.width_m

    @property
    def time_s(self) -> float:
        """The robot's time [s]."""
        return self._robot.time_s

    @property
    def desired_rad(self) -> Array:
        """Commanded last (joints,)."""
        return self._robot.commanded_rad

    def external(self) -> tuple[Array, Array]:
        """External torques [Nm] (joints,) and wrench [N, Nm] (6,) as the robot estimates them."""
        state = self._robot.state
        return np.array(state.tau_ext_hat_filtered), np.array(state.O_F_ext_hat_K)

    def observe(self) -> dict[str, Array]:
        """Every observation of the robot, as libfranka reports it, and of the task, by contract entry name."""
        state, tool = self._robot.state, self.tool()
        return self._scene.observe() | {
            "joint_position": np.array(state.q),
            "joint_velocity": np.array(state.dq),
            "joint_torque": np.array(state.tau_J),
            "tool_position": tool.position_m,
            "tool_rotation": tool.rotation6,
            "gripper_width": np.array([self._gripper.width_m]),
        }

    def tool(self) -> Pose:
        """The measured tool pose."""
        return self._robot.tool()

    def follow(self, trajectory: JointTrajectory) -> None:
        """Makes the arm follow a joint trajectory, timed on the robot's clock, from its desired state on."""
        state = self._desired()
        if trajectory.time_s[0] > self.time_s:
            trajectory = trajectory.starting_from(self.time_s, *state)
        self._controller.accept(trajectory, self.time_s, *state[:2])

    def move_gripper(self, width_m: float) -> None:
        """Commands the hand to open to a width [m] or, with zero, to grasp, after the running command."""
        self._wanted_m = width_m

    def advance(self, duration_s: float) -> Array:
        """Advances time, a command a millisecond; returns the commanded joint positions (milliseconds, joints) [rad].

        It ends where the robot ends the motion.
        """
        left, commanded = round(duration_s * PHYSICS_RATE_HZ), [np.empty((0, self.profile.joints))]
        while left > 0 and self._robot.moving:
            self._use_hand()
            now = min(left, HAND_EVERY) if self._gripper.busy else left
            passed, positions = self._play(now)
            commanded.append(positions)
            left -= max(1, passed)
        if self._robot.aborted is not None and not self.exceptions:
            self._stopped(self._robot.aborted.errors, self._robot.aborted.text)
        return np.concatenate(commanded)

    @property
    def failed(self) -> bool:
        """Whether the task has ruled out success."""
        return self._scene.failed()

    @property
    def done(self) -> bool:
        """Whether the episode is done."""
        return self.status().done

    def status(self) -> TaskStatus:
        """Status of the episode."""
        return self._scene.status()

    def missing(self) -> Missing:
        """What the episode lacks for success now."""
        return self._scene.missing()

    def pictures(self) -> dict[str, NDArray[np.uint8]]:
        """No picture can be had from the server's process; raises FciError."""
        raise FciError("there are no cameras through libfranka; evaluate a policy of pictures in process")

    def render(self) -> NDArray[np.uint8]:
        """No picture can be had from the server's process; raises FciError."""
        raise FciError("there are no pictures through libfranka; draw the episode in process")

    def info(self) -> dict[str, str | float]:
        """Facts about the episode beside its success."""
        return self._scene.info()

    # --- inside -------------------------------------------------------------------------------------------------------
    def _desired(self) -> tuple[Array, Array, Array]:
        position, velocity, acceleration = self._controller.sample(np.array([self.time_s]))
        return position[0], velocity[0], acceleration[0]

    def _play(self, cycles: int) -> tuple[int, Array]:
        setpoints = self._controller.sample(self.time_s + (1 + np.arange(cycles)) / PHYSICS_RATE_HZ)
        passed = self._robot.play(setpoints)
        return passed, setpoints[0][:passed]

    def _use_hand(self) -> None:
        self._gripper.poll()
        if self._wanted_m != self._commanded_m and not self._gripper.busy:
            self._commanded_m = self._wanted_m
            self._gripper.open_or_grasp(self._wanted_m)

    def _stopped(self, errors: frozenset[str], text: str) -> None:
        # A server that has waited for its client in vain goes on without it: then the machine has stopped the arm.
        if lost := self._scene.lost() - self._lost:
            raise FciError(f"{lost} commands came too late, on a machine that is too busy: {text}")
        found = [violation for violation in self._scene.reflexes() if violation.errors & errors]
        self.reflexes.append(found[-1] if found else Violation(0, errors, text.splitlines()[0]))
        self.exceptions.append(text)

    def _come_to_rest(self) -> None:
        """Stops the arm, waits for the hand and ends the motion."""
        if self._robot.moving:
            state = self._desired()
            stop = stop_trajectory(self.time_s, state, self._limits, STOP_PERIOD_S)
            self._controller.accept(stop, self.time_s, *state[:2])
            self._play(round((stop.time_s[-1] - self.time_s) * PHYSICS_RATE_HZ) + 1)
        limit_s = self.time_s + LONGEST_COMMAND_S
        self._gripper.poll()
        while self._gripper.busy and self._robot.moving and self.time_s < limit_s:
            self._play(HAND_EVERY)
            self._gripper.poll()
        self._robot.finish()

    def _require_tool(self) -> None:
        apart_m = np.abs(self.tool().position_m - self.model.forward(np.array(self._robot.state.q)).position_m).max()
        if apart_m > SAME_TOOL_M:
            raise FciError(
                f"the robot's end effector is {1000 * apart_m:.0f} mm away from {self.profile.tool_frame}; "
                "set it in Desk to the Franka Hand's"
            )
