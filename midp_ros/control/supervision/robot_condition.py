"""The robot's and its controller's condition, as far as it decides about moving; imports core."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.robot_mode import COMMANDABLE


@dataclass(frozen=True)
class RobotCondition:
    """One look at the robot.

    Attributes:
        mode: one of core's MODES; empty where nothing publishes it, as with franka_hardware's fake hardware.
        errors: names of the current errors.
        controlled: whether an active controller listens to the commands.
        unreadable: why mode and errors are not known though they are published; empty if they are.
    """

    mode: str = ""
    errors: tuple[str, ...] = ()
    controlled: bool = True
    unreadable: str = ""

    @property
    def stopped_by_error(self) -> bool:
        """Whether it takes an error recovery to go on."""
        return self.mode == "REFLEX" or bool(self.errors)

    @property
    def fault(self) -> str:
        """Why the robot takes no commands; empty if it does."""
        return self._fault("is")

    @property
    def past_fault(self) -> str:
        """The same when the robot takes commands again."""
        return self._fault("was")

    def _fault(self, verb: str) -> str:
        if self.unreadable:
            return self.unreadable
        if not self.stopped_by_error and (not self.mode or self.mode in COMMANDABLE):
            return ""
        mode = f"the robot {verb} in mode {self.mode or 'unknown'}"
        return f"{mode}: {', '.join(self.errors)}" if self.errors else mode
