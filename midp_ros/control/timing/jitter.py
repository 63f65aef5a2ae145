"""Jitter of something that has a period, and its missed deadlines; imports numpy."""

from __future__ import annotations

from midp_ros.control.timing.duration_histogram import DurationHistogram


class Jitter:
    """Jitter, which is the difference between interval and period, and missed deadlines, both since the start.

    Args:
        period_s: time between two beats [s].

    Attributes:
        jitter: of every beat but the first.
        missed: number of missed deadlines.
    """

    def __init__(self, period_s: float):
        self._period_s = period_s
        self._last_s: float | None = None
        self.jitter = DurationHistogram()
        self.missed = 0

    def beat(self, time_s: float, missed: int | None = None) -> None:
        """Counts a beat at a time [s].

        Args:
            missed: number of deadlines missed since the last beat; by default the whole periods beyond one since then.
        """
        if self._last_s is not None:
            interval_s = time_s - self._last_s
            self.jitter.add(abs(interval_s - self._period_s))
            if missed is None:
                missed = max(0, int(interval_s / self._period_s) - 1)
        self.missed += missed or 0
        self._last_s = time_s

    def pause(self) -> None:
        """Starts anew with the next beat: the time until then does not count."""
        self._last_s = None
