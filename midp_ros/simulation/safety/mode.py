"""The robot's mode and errors, with the requests that each mode refuses; imports core only."""

from __future__ import annotations

from midp_ros.core.errors import MidpError
from midp_ros.core.robot_mode import RobotMode
from midp_ros.simulation.safety.violation import Violation

NONE: frozenset[str] = frozenset()
COLLISIONS = frozenset({"joint_reflex", "cartesian_reflex"})


class ModeError(MidpError):
    """A request that the robot rejects in its present mode."""


class RobotModes:
    """The mode, from the first of these conditions that holds: guided, user-stopped, recovering, in error, in motion.

    A motion that ends by anything but `end_motion` leaves the arm without one: as with franka_ros2, whose hardware
    deactivates with the motion, the controllers have to be activated again, and so `start_motion`.

    Attributes:
        current_errors: kept until recovery. (With an early firmware they are reported to vanish once the arm
            rests, franka_ros issue 32; clients should use the mode.)
        last_motion_errors: what aborted the previous motion; recovery does not clear it.
    """

    def __init__(self) -> None:
        self.current_errors = NONE
        self.last_motion_errors = NONE
        self._moving = self._recovering = self._user_stopped = self._guided = False

    @property
    def mode(self) -> RobotMode:
        """The value of robot_mode."""
        if self._guided:
            return RobotMode.GUIDING
        if self._user_stopped:
            return RobotMode.USER_STOPPED
        if self._recovering:
            return RobotMode.AUTOMATIC_ERROR_RECOVERY
        if self.current_errors:
            return RobotMode.REFLEX
        return RobotMode.MOVE if self._moving else RobotMode.IDLE

    @property
    def accepts_commands(self) -> bool:
        """Whether joint commands are obeyed."""
        return self.mode in (RobotMode.IDLE, RobotMode.MOVE)

    def start_motion(self) -> None:
        """A controller starts to command; raises ModeError where the robot refuses."""
        if not self.accepts_commands:
            raise self._refusal("move command")
        self._moving = True

    def end_motion(self) -> None:
        """The controller has finished normally."""
        if self._moving:
            self._moving, self.last_motion_errors = False, NONE

    def trip(self, violation: Violation) -> None:
        """A reflex: the motion is aborted and commands are refused until recovery.

        While the arm is guided, contacts come from the operator's hands and are no reflex; with the user stop pressed
        the brakes hold already.
        """
        if self._user_stopped and not self._guided:
            return
        errors = violation.errors - COLLISIONS if self._guided else violation.errors
        if not errors:
            return
        self.current_errors = self.current_errors | errors
        if self._moving:
            self.last_motion_errors = violation.errors
        self._moving = self._recovering = self._guided = False

    def recover(self) -> None:
        """Automatic error recovery begins and clears the errors; `recovered` ends it. Raises ModeError.

        It is refused while the arm moves, is guided or is user-stopped.
        """
        if self.mode not in (RobotMode.IDLE, RobotMode.REFLEX):
            raise self._refusal("automatic error recovery")
        self.current_errors = NONE
        self._recovering = True

    def recovered(self) -> None:
        """Recovery is done, and the arm idle."""
        self._recovering = False

    def press_user_stop(self) -> None:
        """Stops the arm; this sets no error (franka_ros issue 308)."""
        if self._moving:
            self.last_motion_errors = NONE
        self._user_stopped = True
        self._moving = self._recovering = self._guided = False

    def release_user_stop(self) -> None:
        """The arm is idle again. Toggling the user stop clears errors, too (Franka documentation, "Errors")."""
        if self._user_stopped:
            self._user_stopped, self.current_errors = False, NONE

    def start_guiding(self) -> None:
        """The operator guides the arm; raises ModeError unless it is idle or user-stopped."""
        if self.mode not in (RobotMode.IDLE, RobotMode.USER_STOPPED):
            raise self._refusal("guiding")
        self._guided = True

    def stop_guiding(self) -> None:
        """Returns to the mode before guiding: idle or user-stopped."""
        self._guided = False

    def _refusal(self, request: str) -> ModeError:
        return ModeError(f"{request} rejected: not possible in mode {self.mode.name}")
