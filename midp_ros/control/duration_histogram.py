"""Percentiles of ever so many durations in little memory; imports numpy."""

from __future__ import annotations

import math

import numpy as np

SHORTEST_S, LONGEST_S = 1e-6, 100.0
WIDTH = 1.02  # upper edge of a bin over its lower one: how exact percentiles are
_SCALE = 1.0 / math.log(WIDTH)
_BINS = 1 + math.ceil(math.log(LONGEST_S / SHORTEST_S) * _SCALE)


class DurationHistogram:
    """Counts durations from a microsecond to 100 s; one thread may add while another one reads.

    Attributes:
        max_s: the longest [s]; NaN before the first.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS, np.int64)
        self.max_s = math.nan

    def add(self, duration_s: float) -> None:
        """One more [s]."""
        place = math.ceil(math.log(max(duration_s, SHORTEST_S) / SHORTEST_S) * _SCALE)
        self._counts[min(place, _BINS - 1)] += 1
        self.max_s = duration_s if math.isnan(self.max_s) else max(self.max_s, duration_s)

    def percentile_s(self, percent: float) -> float:
        """Percentile [s], at most 2 % above the true one; NaN before the first duration."""
        counts = self._counts.cumsum()
        if not counts[-1]:
            return math.nan
        place = int(np.searchsorted(counts, percent / 100.0 * counts[-1]))
        return min(SHORTEST_S * WIDTH**place, self.max_s)
