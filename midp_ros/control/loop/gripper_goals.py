"""Gripper goals, one at a time; imports core."""

from __future__ import annotations

from midp_ros.core.gripper import BinaryGripper


class GripperGoals:
    """Turns commanded widths into goals for a gripper that takes about a second for each.

    Args:
        width_m: the measured width at the start.
        open_m: the gripper's widest opening.
    """

    def __init__(self, width_m: float, open_m: float):
        self._binary = BinaryGripper(width_m, open_m)
        self._reached_closed: bool | None = None  # no goal has been sent yet
        self._in_flight: bool | None = None

    @property
    def in_flight(self) -> bool:
        """Whether a goal has been sent and has not come back."""
        return self._in_flight is not None

    def update(self, commanded_width_m: float) -> float | None:
        """The width [m] to send as a goal now; None where nothing is new or the last goal is still under way."""
        width_m = self._binary.update(commanded_width_m)
        if self.in_flight or self._binary.closed == self._reached_closed:
            return None
        self._in_flight = self._binary.closed
        return width_m

    def finished(self, accepted: bool = True) -> None:
        """The goal has come back. One that was not accepted is sent again."""
        if accepted:
            self._reached_closed = self._in_flight
        self._in_flight = None
