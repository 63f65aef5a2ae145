"""Intervals over training seeds and episodes; imports numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array

RESAMPLES = 10_000


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval and the number of training seeds."""

    mean: float
    low: float
    high: float
    seeds: int


def estimate(values: Array) -> Estimate:
    """The mean of values (seeds, episodes) and its percentile interval by `resampled_means`."""
    low, high = np.quantile(resampled_means(values), [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def resampled_means(values: Array, resamples: int = RESAMPLES) -> Array:
    """Means (resamples,) of values (seeds, episodes) drawn again: first seeds, then episodes, both with replacement.

    All seeds of a draw keep the same episodes, since every training was evaluated on the same ones: the difficulty of
    an episode's start is common to all and does not average out over trainings (Owen 2007, "The pigeonhole
    bootstrap"). With x_se = m + a_s + b_e + c_se, the parts centred, the means' variance is

        mean(a^2) / seeds + mean(b^2) / episodes + mean(c^2) / (seeds * episodes).

    The draws are those of a fixed seed.
    """
    seeds, episodes = values.shape
    random = np.random.default_rng(0)
    drawn_seeds = random.multinomial(seeds, np.full(seeds, 1 / seeds), resamples) / seeds
    drawn_episodes = random.multinomial(episodes, np.full(episodes, 1 / episodes), resamples) / episodes
    means: Array = ((drawn_seeds @ values) * drawn_episodes).sum(axis=1)
    return means
