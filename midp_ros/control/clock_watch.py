"""Notices a clock that jumps; imports nothing."""

from __future__ import annotations

FASTEST = 5.0  # seconds of a simulation's time per second of real time
NOTICEABLE_S = 0.5


class ClockWatch:
    """Compares a clock that may jump, as /clock and a wall clock that is set do, with one that cannot.

    A clock that stands still, as a paused simulation's, has not jumped.
    """

    def __init__(self) -> None:
        self._before: tuple[float, float] | None = None

    def look(self, time_s: float, steady_s: float) -> float:
        """By how much the clock has jumped since the last look [s]; 0 if it has not.

        Args:
            time_s: of the clock.
            steady_s: of the clock that cannot jump.
        """
        before, self._before = self._before, (time_s, steady_s)
        if before is None:
            return 0.0
        passed_s, most_s = time_s - before[0], FASTEST * (steady_s - before[1]) + NOTICEABLE_S
        return 0.0 if 0.0 <= passed_s <= most_s else passed_s
