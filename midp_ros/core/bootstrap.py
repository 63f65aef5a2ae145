"""Intervals over training seeds and episodes; imports numpy and core's statistics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.statistics import wilson_interval

RESAMPLES = 10_000


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95 % interval and the number of training seeds."""

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def sign(self) -> int:
        """Of a difference: 1, the interval is above 0; -1, below; 0, it has the 0 in it."""
        return int(self.low > 0) - int(self.high < 0)

    @property
    def signed(self) -> str:
        """A difference with its interval, for people."""
        return f"{self.mean:+.2f} ({self.low:+.2f} to {self.high:+.2f})"


def estimate(values: Array) -> Estimate:
    """The mean of values (seeds, episodes) and its percentile interval by `resampled_means`."""
    low, high = np.quantile(resampled_means(values), [0.025, 0.975])
    return Estimate(float(values.mean()), float(low), float(high), len(values))


def share(values: Array) -> Estimate:
    """A share of success and its interval of values (seeds, episodes).

    Of one seed alone Wilson's; so of several, too, where all episodes end alike: drawn again they would show no width.
    The episodes' starts are the same for all seeds, so that only those of one seed count.
    """
    seeds, episodes = values.shape
    if seeds > 1 and np.ptp(values) > 0:
        return estimate(values)
    return Estimate(float(values.mean()), *wilson_interval(int(values[0].sum()), episodes), seeds)


def resampled_means(values: Array, resamples: int = RESAMPLES) -> Array:
    """Means (resamples,) of values (seeds, episodes) drawn again: first seeds, then episodes, both with replacement.

    All seeds of a draw keep the same episodes, since every training was evaluated on the same ones: the difficulty of
    an episode's start is common to all and does not average out over trainings (Owen 2007, "The pigeonhole
    bootstrap"). With x_se = m + a_s + b_e + c_se, the parts centred, the means' variance is

        mean(a^2) / seeds + mean(b^2) / episodes + mean(c^2) / (seeds * episodes).

    The draws are those of a fixed seed.
    """
    drawn_seeds, drawn_episodes = _draws(*values.shape, resamples)
    means: Array = ((drawn_seeds @ values) * drawn_episodes).sum(axis=1)
    return means


@lru_cache(maxsize=2)  # a page has dozens of tables of one shape, and drawing takes most of the time
def _draws(seeds: int, episodes: int, resamples: int) -> tuple[Array, Array]:
    """The shares of seeds (resamples, seeds) and episodes (resamples, episodes)."""
    random = np.random.default_rng(0)
    drawn_seeds = random.multinomial(seeds, np.full(seeds, 1 / seeds), resamples) / seeds
    return drawn_seeds, random.multinomial(episodes, np.full(episodes, 1 / episodes), resamples) / episodes
