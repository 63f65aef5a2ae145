"""How regularly something that has a period happens; imports numpy."""

from __future__ import annotations

from midp_ros.control.timing.duration_histogram import DurationHistogram


class Jitter:
    """Jitter, which is the difference between interval and period, and missed deadlines, both since the start.

    Args:
        period_s: between two beats [s].

    Attributes:
        jitter: of every beat but the first.
        missed: deadlines.
    """

    def __init__(self, period_s: float):
        self._period_s = period_s
        self._last_s: float | None = None
        self.jitter = DurationHistogram()
        self.missed = 0

    def beat(self, time_s: float, missed: int | None = None) -> None:
        """It happens at a time [s].

        Args:
            missed: deadlines since the last beat; by default as many as whole periods more than one went by.
        """
        if self._last_s is not None:
            interval_s = time_s - self._last_s
            self.jitter.add(abs(interval_s - self._period_s))
            if missed is None:
                missed = max(0, int(interval_s / self._period_s) - 1)
        self.missed += missed or 0
        self._last_s = time_s

    def pause(self) -> None:
        """The next beat begins anew: the time until then counts for nothing."""
        self._last_s = None
