"""Push-T's environment, gym-pusht's, with the contract's observations; imports core, gymnasium and gym_pusht."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.pusht.state import observations

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # pygame greets on stdout when it is imported

import gym_pusht  # noqa: E402, F401  registers the environment
import gymnasium  # noqa: E402

MAX_STEPS = 300  # of an episode, as gym-pusht registers it
SCENE_PX = 512


class PushTEnvironment:
    """gym_pusht/PushT-v0 with state observations: a disc pushes a T onto its mark.

    Attributes:
        max_reward: the largest reward since the reset: the T's share on its mark over 0.95, at most 1.
        done: the mark is covered by more than 95 %, or 300 steps are over.
    """

    def __init__(self) -> None:
        self._env = gymnasium.make(
            "gym_pusht/PushT-v0",
            obs_type="state",
            max_episode_steps=MAX_STEPS,
            disable_env_checker=True,
            visualization_width=SCENE_PX,
            visualization_height=SCENE_PX,
        )

    def reset(self, seed: int) -> Array:
        """Starts the episode of a seed; returns the observation (6,)."""
        raw, _ = self._env.reset(seed=seed)
        self.max_reward, self.done = 0.0, False
        return observations(raw)

    def step(self, agent_position: Array) -> Array:
        """Moves the agent towards a position (2,) [px] for one control step; returns the observation (6,)."""
        raw, reward, terminated, truncated, _ = self._env.step(agent_position)
        self.max_reward = max(self.max_reward, float(reward))
        self.done = bool(terminated or truncated)
        return observations(raw)

    def picture(self) -> NDArray[np.uint8]:
        """The scene from above (512, 512, 3), one picture element to a pixel of the task."""
        return np.asarray(self._env.render())
