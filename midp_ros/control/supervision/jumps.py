"""Jumps of an observed value: faster from one sample to the next than it can move.

    o o o                   o: an accepted sample
          x                 x: a jump: not accepted, the arm holds
            o o             the old place again: accepted, after a short while without jumps
          x x x x x o       the new place for a while: accepted, for what is observed may be carried elsewhere

imports core.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.core.arrays import Array

CONFIRMED_S = 0.5  # after so long at a new place it is believed
SETTLED_S = 0.2  # without a jump: two senders that take turns never get there
Measure = Callable[[Array, Array], Array]  # from two values to how far they are apart, in one number or more


class JumpCheck:
    """Follows one observed value.

    Args:
        speed: of each of the measured distances, at most, in its unit per second.
        slack: of noise and of samples that come unevenly, in its unit.
    """

    def __init__(self, measure: Measure, speed: Array, slack: float):
        self._measure, self._speed, self._slack = measure, speed, slack
        self.reset()

    def reset(self) -> None:
        """Accepts whatever comes next."""
        self._accepted: tuple[float, Array] | None = None
        self._elsewhere: tuple[float, float, Array] | None = None  # since when, and the last time and value there
        self._jump: tuple[float, tuple[int, float, float]] | None = None
        self._seen_s = float("nan")

    def look(self, time_s: float, value: Array) -> tuple[int, float, float] | None:
        """Judges the newest sample; one that was judged before comes out the same.

        Returns:
            None if it may be acted on; else, of the last jump: which of the distances was too large, how large, and how
            large it may have been.
        """
        if self._accepted is None:
            self._accepted = time_s, value
        elif time_s != self._seen_s:
            self._judge(time_s, value)
        self._seen_s = time_s
        settled = self._jump is None or (self._elsewhere is None and time_s - self._jump[0] > SETTLED_S)
        if settled:
            self._jump = None
        return None if self._jump is None else self._jump[1]

    def _judge(self, time_s: float, value: Array) -> None:
        assert self._accepted is not None
        back_s, known = self._accepted
        if time_s < back_s - CONFIRMED_S:  # a clock that was put back
            self._accepted, self._elsewhere = (time_s, value), None
            return
        if self._elsewhere is not None:
            since_s, last_s, there = self._elsewhere
            # While it stays away, the time that passes does not bring the old place nearer.
            at_home = self._excess(known, value, since_s - back_s) is None
            if not at_home and self._excess(there, value, time_s - last_s) is None:
                confirmed = time_s - since_s >= CONFIRMED_S
                self._accepted = (time_s, value) if confirmed else self._accepted
                self._elsewhere = None if confirmed else (since_s, time_s, value)
                self._jump = None if confirmed else self._jump
                return
        excess = self._excess(known, value, time_s - back_s)
        if excess is None:
            self._accepted, self._elsewhere = (time_s, value), None
        else:
            self._elsewhere, self._jump = (time_s, time_s, value), (time_s, excess)

    def _excess(self, before: Array, after: Array, passed_s: float) -> tuple[int, float, float] | None:
        """Where and by how much a distance exceeds what is plausible in a time."""
        distances = self._measure(before, after)
        most = self._slack + self._speed * max(passed_s, 0.0)
        over = distances - most
        worst = int(np.argmax(over))
        return None if over[worst] <= 0 else (worst, float(distances[worst]), float(most[worst]))
