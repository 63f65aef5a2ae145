"""Latched stops: the arm stays stopped until an operator lets it go on, even after the cause is gone.

Imports control's robot condition.
"""

from __future__ import annotations

from midp_ros.control.supervision.robot_condition import RobotCondition
from midp_ros.core.errors import MidpError

OPERATOR = "stopped by the operator"
VANISHED = "the controller has vanished"
NO_CONTROLLER = "no active controller listens to the commands yet"


class LatchedStopError(MidpError):
    """The arm must not go on yet; the message says why."""


class LatchedStop:
    """Latches two things apart: a fault of the robot or its controller, which a recovery may lift, and a stop.

    A stop is the operator's, or another one that only `resume` lifts: a recovery from a fault never does.

    Args:
        patience_s: a controller is missed this long before it counts as vanished [s].
    """

    def __init__(self, patience_s: float = 0.5):
        self._patience_s = patience_s
        self._fault, self._past, self._stopped, self._let_go = "", "", "", False
        self._condition = RobotCondition(controlled=False)
        self._controlled_s: float | None = None  # when a controller was last there
        self._moved = False

    @property
    def reason(self) -> str:
        """Why the arm must not move; empty if it may."""
        if self.latched:
            return "; ".join(filter(None, (self._fault_now, self._stopped)))
        return "" if self._controlled_s is not None else NO_CONTROLLER

    @property
    def latched(self) -> bool:
        """Whether it takes `resume` to go on."""
        return bool(self._fault or self._stopped)

    @property
    def faulty(self) -> bool:
        """Whether robot or controller had a fault that is still latched."""
        return bool(self._fault)

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
            self._fault, self._past, self._let_go = condition.fault, condition.past_fault, True
        elif self._controlled_s is not None and time_s - self._controlled_s > self._patience_s:
            self._fault, self._past = self._fault or VANISHED, self._past or VANISHED
            self._let_go = True

    def stop(self, reason: str = OPERATOR) -> None:
        """The operator's stop, or another one that takes the operator's word to end; the first reason is kept."""
        self._stopped = self._stopped or reason

    def recovered(self) -> bool:
        """Lifts the fault after a recovery.

        Returns:
            Whether nothing else stops the arm.

        Raises:
            LatchedStopError: the fault still lasts.
        """
        self._require_ready()
        self._fault = self._past = ""
        return not self._stopped

    def resume(self) -> bool:
        """Lets the arm go on.

        Returns:
            Whether it may have been moved meanwhile, so that a motion has to start from where it is.

        Raises:
            LatchedStopError: what stopped it still lasts.
        """
        self._require_ready()
        moved = self._let_go or self._stopped not in ("", OPERATOR)
        self._fault, self._past, self._stopped, self._let_go = "", "", "", False
        return moved

    @property
    def _fault_now(self) -> str:
        return self._fault if self._condition.fault else self._past

    def _require_ready(self) -> None:
        if self._condition.fault:
            raise LatchedStopError(f"cannot go on: {self._condition.fault}")
        if not self.ready:
            raise LatchedStopError(
                "cannot go on: no active controller listens to the commands; activate one, or, if the stream's process "
                "has ended (the log says so), deactivate and activate this node"
            )
