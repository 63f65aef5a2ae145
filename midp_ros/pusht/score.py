"""The headline figure of Push-T over episodes, with its interval; imports core and numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from midp_ros.core.bootstrap import estimate
from midp_ros.core.statistics import wilson_interval
from midp_ros.pusht.evaluation import EpisodeScore


def summarise(scores: Sequence[EpisodeScore]) -> dict[str, Any]:
    """Average of the episodes' maximum rewards and success rate, with 95 % intervals, and every episode; plain data."""
    rewards = np.array([s.max_reward for s in scores])
    average = estimate(rewards[None])  # a bootstrap: rewards pile up at 1, so no normal distribution is assumed
    successes = int((rewards >= 1.0).sum())
    return {
        "average_max_reward": average.mean,
        "average_max_reward_interval": (average.low, average.high),
        "success_rate": successes / len(scores),
        "success_interval": wilson_interval(successes, len(scores)),
        "seeds": [scores[0].seed, scores[-1].seed],
        "episodes": [{"seed": s.seed, "max_reward": s.max_reward} for s in scores],
    }
