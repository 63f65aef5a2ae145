"""Episodes unlike the others; imports numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.data.motion import Figures

FAR = 5.0  # robust standard deviations from the median
NORMAL = 1.4826  # median absolute deviation to standard deviation, of a normal distribution
JUDGED = {"duration_s": "duration [s]", "path_length": "path length", "idle_share": "share of standing steps"}
FEWEST = 8  # episodes, of which a median says something
LEAST_SPREAD = 0.02  # of the median: equal episodes have no spread


@dataclass(frozen=True)
class Outlier:
    """A figure of an episode that lies far from the others'."""

    episode: int
    figure: str
    value: float
    median: float
    deviations: float


def outliers(figures: Sequence[Figures]) -> list[Outlier]:
    """The figures farther than 5 robust standard deviations from the median, the farthest first."""
    found = []
    if len(figures) < FEWEST:
        return []
    for name, shown in JUDGED.items():
        values = np.array([getattr(f, name) for f in figures], float)
        if not np.isfinite(values).all():
            continue
        median = float(np.median(values))
        spread = NORMAL * float(np.median(np.abs(values - median)))
        spread = max(spread, LEAST_SPREAD * abs(median), LEAST_SPREAD if name == "idle_share" else 1e-9)
        for episode in np.flatnonzero(np.abs(values - median) > FAR * spread):
            value = float(values[episode])
            found.append(Outlier(int(episode), shown, value, median, (value - median) / spread))
    return sorted(found, key=lambda outlier: -abs(outlier.deviations))
