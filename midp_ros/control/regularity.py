"""How regularly something that has a period happens; imports numpy."""

from __future__ import annotations

from collections import deque

import numpy as np

KEPT = 1000  # intervals


class Regularity:
    """Jitter of the last intervals, and the deadlines missed since the start: twice the period or later.

    Args:
        period_s: between two beats [s].
    """

    def __init__(self, period_s: float):
        self._period_s = period_s
        self._last_s: float | None = None
        self._jitter_s: deque[float] = deque(maxlen=KEPT)
        self.missed = 0

    def beat(self, time_s: float) -> None:
        """It happens at this time [s]."""
        if self._last_s is not None:
            interval_s = time_s - self._last_s
            self._jitter_s.append(abs(interval_s - self._period_s))
            self.missed += interval_s >= 2.0 * self._period_s
        self._last_s = time_s

    @property
    def jitter_p99_s(self) -> float:
        """99th percentile of the difference between interval and period [s]; NaN before the second beat."""
        return float(np.percentile(list(self._jitter_s), 99)) if self._jitter_s else float("nan")
