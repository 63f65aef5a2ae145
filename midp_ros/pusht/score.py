"""The headline figure of Push-T over episodes, with its interval; imports core and numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from midp_ros.core.statistics import wilson_interval
from midp_ros.pusht.evaluation import EpisodeScore

RESAMPLES = 10_000


def summarise(scores: Sequence[EpisodeScore]) -> dict[str, Any]:
    """Average of the episodes' maximum rewards and success rate, with 95 % intervals, and every episode; plain data."""
    rewards = np.array([s.max_reward for s in scores])
    successes = int((rewards >= 1.0).sum())
    return {
        "average_max_reward": float(rewards.mean()),
        "average_max_reward_interval": bootstrap_interval(rewards),
        "success_rate": successes / len(scores),
        "success_interval": wilson_interval(successes, len(scores)),
        "seeds": [scores[0].seed, scores[-1].seed],
        "episodes": [{"seed": s.seed, "max_reward": s.max_reward} for s in scores],
    }


def bootstrap_interval(values: Sequence[float] | np.ndarray, share: float = 0.95) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean (Efron 1979), 10000 resamples of fixed seed.

    Maximum rewards pile up at 1, so no normal distribution is assumed.
    """
    picks = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(np.asarray(values)[picks].mean(axis=1), [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)
