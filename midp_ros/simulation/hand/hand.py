"""The Franka Hand's own controller: one command at a time, each about a second long; imports the gripper.

The hand's own behaviour, which libfranka and franka_gripper do not define, follows their users' measurements: waits of
about a second (libfranka issue 226), 30 N at least and the release by a stop (111), a grasp that closes whatever its
width and releases an object of another one (franka_ros issues 130, 108), a move that stalls at an obstacle (281), no
width before homing (276). A speed is that of the width, as in franka_gazebo, so that the usual 0.1 m/s is the 0.05 m/s
per finger of the datasheet.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from math import isnan

from midp_ros.kinematics.profile import RobotProfile
from midp_ros.simulation.hand.gripper import Gripper
from midp_ros.simulation.hand.hand_command import Command, HandTiming, Status

FORCE_MIN_N, FORCE_MAX_N = 30.0, 70.0  # the continuous range
DEFAULT_SPEED_M_S, DEFAULT_EPSILON_M = 0.1, 0.005  # of gripper_action: franka_gripper_node.yaml
HOMING_SPEED_M_S = 0.05
MOVE_TOLERANCE_M = 1e-3  # of franka_gazebo
SAME_WIDTH_M = 1e-4  # gripper_action has nothing to do
MOVE_TIMEOUT_S = 100.0
STILL_S = 0.05  # fingers that in this time cover less than half of their way stand still

Pause = Generator[None, None, None]  # ends when it is over
Steps = Generator[None, None, Status]  # of a command


class Hand:
    """Executes commands on a gripper as time passes; a new one aborts the running one.

    Args:
        gripper: returns the present gripper, which a reset of the simulation replaces.
        homed: whether the hand knows its widest opening from the start. Otherwise that is 0 m, as on a robot that was
            just switched on, and every command but a width of 0 m fails until a homing.
    """

    def __init__(self, gripper: Callable[[], Gripper], profile: RobotProfile, timing: HandTiming, homed: bool = True):
        self._gripper, self._profile, self._timing, self._homed = gripper, profile, timing, homed
        self._running = Command(Status.SUCCESS)
        self._time_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether a command is running."""
        return self._running.status is Status.RUNNING

    @property
    def width_m(self) -> float:
        """Distance between the fingers [m]."""
        return self._gripper().width_m

    @property
    def max_width_m(self) -> float:
        """The widest opening [m] known to the hand."""
        return self._profile.gripper_width_max_m if self._homed else 0.0

    def homing(self) -> Command:
        """Closes and opens the fingers to find the widest opening."""
        return self._begin(self._homing())

    def move(self, width_m: float, speed_m_s: float) -> Command:
        """Drives to a width; fails where that is beyond the hand, or out of reach for 100 s."""
        return self._begin(self._move(width_m, speed_m_s))

    def grasp(self, width_m: float, speed_m_s: float, force_n: float, inner_m: float, outer_m: float) -> Command:
        """Closes until an object stops the fingers, and holds it with the force, 30 to 70 N, if it has the width.

        Success: width - inner < d < width + outer, d being the distance at which the fingers came to a stand; so an
        empty hand grasps 0 m. Otherwise the fingers release.
        """
        return self._begin(self._grasp(width_m, speed_m_s, force_n, inner_m, outer_m))

    def open_or_grasp(self, width_m: float) -> Command:
        """As the policy node uses the hand: zero grasps an object of any width, another value opens to that width."""
        if width_m > 0:
            return self.move(width_m, DEFAULT_SPEED_M_S)
        anything_m = self._profile.gripper_width_max_m
        return self.grasp(0.0, DEFAULT_SPEED_M_S, self._profile.gripper_force_n, anything_m, anything_m)

    def gripper_action(self, position_m: float, max_effort_n: float) -> Command:
        """A finger's position as franka_gripper takes it from MoveIt: opens by a move, closes by a grasp."""
        width_m = 2 * position_m
        if width_m > self.max_width_m or width_m < 0:
            given = f"max_width = {self.max_width_m:f} command = {width_m:f}"
            return Command(Status.FAILED, f"GripperServer: Commanding out of range width! {given}")
        if abs(width_m - self.width_m) < SAME_WIDTH_M:
            return Command(Status.SUCCESS)
        if width_m >= self.width_m:
            return self.move(width_m, DEFAULT_SPEED_M_S)
        return self.grasp(width_m, DEFAULT_SPEED_M_S, max_effort_n, DEFAULT_EPSILON_M, DEFAULT_EPSILON_M)

    def stop(self) -> None:
        """Aborts the running command; the fingers stop and release."""
        self._running.finish(Status.ABORTED)
        self._gripper().stop()

    def advance(self, time_s: float) -> None:
        """Continues the running command; called regularly with the gripper's time."""
        self._time_s = time_s
        if self._running.status is Status.RUNNING:
            try:
                next(self._steps)
            except StopIteration as end:
                self._running.finish(end.value)

    # --- inside ------------------------------------------------------------------------------------------------------
    def _begin(self, steps: Steps) -> Command:
        if self._running.status is Status.RUNNING:
            self.stop()
        self._running, self._steps = Command(), steps
        return self._running

    def _homing(self) -> Steps:
        yield from self._wait(self._timing.start_s)
        for width_m in (0.0, self._profile.gripper_width_max_m):
            yield from self._drive(width_m, HOMING_SPEED_M_S)
        yield from self._wait(self._timing.settle_s)
        self._homed = True
        return Status.SUCCESS

    def _move(self, width_m: float, speed_m_s: float) -> Steps:
        if not (0 <= width_m <= self.max_width_m and speed_m_s > 0):
            return Status.FAILED
        yield from self._wait(self._timing.start_s)
        end_s = self._time_s + MOVE_TIMEOUT_S
        yield from self._drive(width_m, speed_m_s)
        while abs(self.width_m - width_m) > MOVE_TOLERANCE_M:
            if self._time_s > end_s:
                return Status.FAILED
            yield
        yield from self._wait(self._timing.settle_s)
        return Status.SUCCESS

    def _grasp(self, width_m: float, speed_m_s: float, force_n: float, inner_m: float, outer_m: float) -> Steps:
        if not (0 <= width_m <= self.max_width_m and speed_m_s > 0 and inner_m >= 0 and outer_m >= 0) or isnan(force_n):
            return Status.FAILED
        yield from self._wait(self._timing.start_s)
        yield from self._drive(0.0, speed_m_s)
        self._gripper().squeeze(min(max(force_n, FORCE_MIN_N), FORCE_MAX_N))
        yield from self._wait(self._timing.settle_s)
        if width_m - inner_m < self.width_m < width_m + outer_m:
            return Status.SUCCESS
        self._gripper().stop()
        return Status.UNSUCCESSFUL

    def _drive(self, width_m: float, speed_m_s: float) -> Pause:
        """Until the fingers stand still."""
        speed_m_s = min(speed_m_s, 2 * self._profile.gripper_speed_max_m_s)
        self._gripper().move(width_m, speed_m_s / 2)
        before_m = float("inf")
        while abs(self.width_m - before_m) > STILL_S * speed_m_s / 2:
            before_m = self.width_m
            yield from self._wait(STILL_S)

    def _wait(self, duration_s: float) -> Pause:
        end_s = self._time_s + duration_s
        while self._time_s < end_s:
            yield
