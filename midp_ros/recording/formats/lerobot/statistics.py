"""Statistics of features as LeRobot's meta data holds them; imports numpy only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.recording.formats.demonstration import Picture

QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
SAMPLED = 24  # pictures of an episode, evenly spread
POINTS = 64  # rows and columns of a picture that are looked at, at most

Statistics = dict[str, Any]  # min, max, mean, std, count and the quantiles, as lists


def of_values(values: NDArray[Any]) -> Statistics:
    """Statistics over the steps of values (steps, size) or (steps,)."""
    values = np.asarray(values, np.float64).reshape(len(values), -1)
    found = {"min": values.min(0), "max": values.max(0), "mean": values.mean(0), "std": values.std(0)}
    found.update(zip(QUANTILES, np.quantile(values, list(QUANTILES.values()), axis=0), strict=True))
    return {**{name: value.tolist() for name, value in found.items()}, "count": [len(values)]}


def of_pictures(pictures: Iterable[Picture]) -> Statistics:
    """Statistics per channel of sampled pictures, from 0 to 1, each (3, 1, 1)."""
    thinned = [p[:: max(1, p.shape[0] // POINTS), :: max(1, p.shape[1] // POINTS)] for p in pictures]
    found = of_values(np.concatenate([p.reshape(-1, 3) for p in thinned]) / 255.0)
    return {
        **{name: np.reshape(value, (3, 1, 1)).tolist() for name, value in found.items() if name != "count"},
        "count": [len(thinned)],
    }


def together(parts: list[Statistics]) -> Statistics:
    """Statistics over all episodes from those of each; quantiles are the weighted mean, as LeRobot has it."""
    counts = np.array([part["count"][0] for part in parts], float)
    arrays = {name: np.array([part[name] for part in parts], float) for name in parts[0] if name != "count"}
    weights = (counts / counts.sum()).reshape(-1, *[1] * (arrays["mean"].ndim - 1))
    mean = (arrays["mean"] * weights).sum(0)
    variance = ((arrays["std"] ** 2 + (arrays["mean"] - mean) ** 2) * weights).sum(0)
    found = {"min": arrays["min"].min(0), "max": arrays["max"].max(0), "mean": mean, "std": np.sqrt(variance)}
    found.update({name: (arrays[name] * weights).sum(0) for name in QUANTILES})
    return {**{name: value.tolist() for name, value in found.items()}, "count": [int(counts.sum())]}


def sampled_steps(steps: int) -> set[int]:
    """The steps whose pictures are looked at."""
    return set(np.linspace(0, steps - 1, min(steps, SAMPLED)).round().astype(int).tolist())
