"""How much an episode teaches, with its interval; imports numpy and scipy only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import stdtrit

from midp_ros.core.arrays import Array

CONFIDENCE = 0.95
FEWEST_PARTS = 3  # of the set, for an interval


@dataclass(frozen=True)
class Score:
    """An episode's mean contribution to the mutual information of observation and motion [nat].

    Attributes:
        mean: over its steps.
        low, high: 95 % interval over sets of other episodes; infinite where the set is too small for one.
        error: the mean's standard error; infinite likewise.
    """

    mean: float
    low: float
    high: float
    error: float

    @classmethod
    def of(cls, mean: float, parts: Array) -> Score:
        """From the score by the whole set, and the scores by disjoint parts of it (batch means)."""
        count = len(parts)
        if count < FEWEST_PARTS:
            return cls(mean, -math.inf, math.inf, math.inf)
        error = float(parts.std(ddof=1)) / math.sqrt(count)
        half = _quantile(count - 1) * error
        return cls(mean, mean - half, mean + half, error)


@cache
def _quantile(freedom: int) -> float:
    """Half width of Student's interval, in standard errors."""
    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))


def reliability(scores: list[Score]) -> float:
    """Share of the variance between episodes' scores that is not the scores' own error: 0 (all noise) to 1."""
    finite = [s for s in scores if math.isfinite(s.error)]
    if len(finite) < 2:
        return 0.0
    between = float(np.var([s.mean for s in finite], ddof=1))
    own = float(np.mean([s.error**2 for s in finite]))
    return max(0.0, 1.0 - own / between) if between > 0 else 0.0
