"""The gripper as policies use it: open or closed; imports nothing.

A Franka Hand takes about a second per command and follows no stream, so a commanded width only decides between the two.
"""

from __future__ import annotations


class BinaryGripper:
    """Open or closed, decided from a stream of commanded widths with hysteresis.

    Args:
        width_m: commanded width at the start.
        open_m: its widest opening.
        close_below, open_above: shares of the widest opening at which the decision flips.
    """

    def __init__(self, width_m: float, open_m: float, close_below: float = 0.4, open_above: float = 0.6):
        if not 0 < close_below < open_above < 1:
            raise ValueError(f"need 0 < close_below < open_above < 1, got {close_below} and {open_above}")
        self.open_m = open_m
        self._close_below_m = close_below * open_m
        self._open_above_m = open_above * open_m
        self.closed = width_m < 0.5 * open_m

    def update(self, commanded_width_m: float) -> float:
        """The width [m] to drive to, given the newest commanded one: 0 or the widest."""
        if commanded_width_m < self._close_below_m:
            self.closed = True
        elif commanded_width_m > self._open_above_m:
            self.closed = False
        return 0.0 if self.closed else self.open_m
