"""Episodes that move plausibly, for the tests of judging and editing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.window import action_vector, observation_vector

REACH = Contract.load(Path(__file__).parents[1] / "config" / "contracts" / "reach.yaml")
UPRIGHT = [1.0, 0, 0, 0, -1.0, 0]


def moving(seed: int = 0, steps: int = 40, still: tuple[int, int] = (0, 0), **info: Any) -> Episode:
    """A tool that moves to its goal, after and before so many standing steps."""
    rng = np.random.default_rng(seed)
    goal = rng.uniform(0.3, 0.5, 3)
    share = np.clip((np.arange(steps + 1) - still[0]) / (steps - sum(still) - 1), 0, 1)
    path = np.array([0.3, 0.0, 0.6]) + share[:, None] * (goal - [0.3, 0.0, 0.6])
    joints = np.linspace(0, 0.5, 7) + 0.3 * share[:, None]
    observed = [
        observation_vector(
            REACH,
            {
                "joint_position": joints[k],
                "tool_position": path[k],
                "tool_rotation": UPRIGHT,
                "goal_position": goal,
                "goal_rotation": UPRIGHT,
            },
        )
        for k in range(steps)
    ]
    acted = [action_vector(REACH, {"tool_position": p, "tool_rotation": UPRIGHT}) for p in path[1:]]
    times = 100.0 + np.arange(steps) / REACH.rate_hz
    info = {"success": True, "seed": seed, **info}
    return Episode(REACH, times, np.stack(observed), np.stack(acted), info, f"episode {seed}")
