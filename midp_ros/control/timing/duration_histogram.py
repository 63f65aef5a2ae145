"""Histogram of durations: percentiles of any number of them in little memory; imports numpy."""

from __future__ import annotations

import math

import numpy as np

SHORTEST_S, LONGEST_S = 1e-6, 100.0
WIDTH = 1.02  # upper edge of a bin over its lower one: the accuracy of percentiles
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
        """Counts one more duration [s]."""
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

    def text(self) -> str:
        """The counts as `bin:count ...`, for a reader that adds or subtracts them."""
        return " ".join(f"{place}:{self._counts[place]}" for place in self._counts.nonzero()[0])

    @classmethod
    def from_text(cls, text: str) -> DurationHistogram:
        """The histogram that `text` describes; the longest duration is only known to be in its bin."""
        found = cls()
        for item in text.split():
            place, count = map(int, item.split(":"))
            found._counts[place] = count
        return found._with_longest()

    def __add__(self, other: DurationHistogram) -> DurationHistogram:
        total = DurationHistogram()
        total._counts = self._counts + other._counts
        return total._with_longest()

    def __sub__(self, earlier: DurationHistogram) -> DurationHistogram:
        """The durations that were added since `earlier`."""
        since = DurationHistogram()
        since._counts = self._counts - earlier._counts
        return since._with_longest()

    def _with_longest(self) -> DurationHistogram:
        filled = self._counts.nonzero()[0]
        self.max_s = SHORTEST_S * WIDTH ** int(filled[-1]) if len(filled) else math.nan
        return self
