"""Stops that outlast their cause until somebody lets the arm go on; imports control's robot condition."""

from __future__ import annotations

from midp_ros.control.supervision.robot_condition import RobotCondition
from midp_ros.core.errors import MidpError

OPERATOR = "stopped by the operator"
VANISHED = "the controller has vanished"
NO_CONTROLLER = "no active controller listens to the commands yet"


class LatchedStopError(MidpError):
    """The arm must not go on yet; the message says why."""


class LatchedStop:
    """Latches the operator's stop, a robot that cannot be commanded and a controller that vanished.

    Args:
        patience_s: a controller is missed this long before it counts as vanished [s].
    """

    def __init__(self, patience_s: float = 0.5):
        self._patience_s = patience_s
        self._latched, self._let_go = "", False
        self._condition = RobotCondition(controlled=False)
        self._controlled_s: float | None = None  # when a controller was last there
        self._moved = False

    @property
    def reason(self) -> str:
        """Why the arm must not move; empty if it may."""
        return self._latched or ("" if self._controlled_s is not None else NO_CONTROLLER)

    @property
    def latched(self) -> bool:
        """Whether it takes `resume` to go on."""
        return bool(self._latched)

    @property
    def ready(self) -> bool:
        """Whether robot and controller take commands.

        An inactive controller goes on listening; but where an active one showed as MOVE, without one the mode is IDLE.
        """
        idle = self._moved and self._condition.mode == "IDLE"
        return not self._condition.fault and self._condition.controlled and not idle

    def look(self, time_s: float, condition: RobotCondition) -> None:
        """Judges the robot at a time [s]."""
        self._condition = condition
        self._moved |= condition.mode == "MOVE"
        if self.ready:
            self._controlled_s = time_s
        if condition.fault:
            self._latched, self._let_go = condition.fault, True
        elif self._controlled_s is not None and time_s - self._controlled_s > self._patience_s:
            self._latched, self._let_go = self._latched or VANISHED, True

    def stop(self, reason: str = OPERATOR) -> None:
        """The operator's stop, or another one that takes the operator's word to end."""
        self._latched = self._latched or reason

    def resume(self) -> bool:
        """Lets the arm go on.

        Returns:
            Whether it may have been moved meanwhile, so that a motion has to start from where it is.

        Raises:
            LatchedStopError: what stopped it still lasts.
        """
        if self._condition.fault:
            raise LatchedStopError(f"cannot go on: {self._condition.fault}")
        if not self.ready:
            raise LatchedStopError("cannot go on: no active controller listens to the commands")
        moved = self._let_go or self._latched not in ("", OPERATOR)
        self._latched, self._let_go = "", False
        return moved
