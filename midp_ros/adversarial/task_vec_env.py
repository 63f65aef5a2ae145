"""Episodes for stable-baselines3, in the policy's view; imports core, torch and stable-baselines3."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from midp_ros.adversarial.episodes import Episodes
from midp_ros.adversarial.step_policy import StepPolicy

Reward = Callable[[Tensor], Tensor]  # of pairs (batch, size), as a Judge's
REMEMBERED = 100  # episodes whose success is averaged


class TaskVecEnv(VecEnv):
    """Observations as the policy sees them, changes as actions.

    No reward of the task enters; its success is reported. Every end counts as a truncation: success ends an episode
    here, and beyond it a learner has to think the state's value on. Otherwise a reward that is always positive would
    keep it from succeeding, and one that is always negative would make it hurry (Kostrikov et al. 2019).

    Attributes:
        reward_of: of pairs of what was seen and the change.
        success: of the last episodes, 0 or 1 each.
    """

    def __init__(self, policy: StepPolicy, episodes: Episodes, count: int, reward: Reward):
        self._policy, self._episodes, self.reward_of = policy, episodes, reward
        contract = policy.contract
        self._raw = np.zeros((count, contract.horizon.observed, contract.observation_size), np.float32)
        self.success: deque[float] = deque(maxlen=REMEMBERED)
        seen = Box(-np.inf, np.inf, (policy.seen_size,), np.float32)
        super().__init__(count, seen, Box(-1.0, 1.0, (contract.action_size,), np.float32))

    def reset(self) -> NDArray[np.float32]:
        """Begins an episode everywhere."""
        self._begin(np.arange(self.num_envs))
        return self.seen()

    def step_async(self, actions: NDArray[np.float32]) -> None:
        """Takes normalised changes (episodes, action_size), within [-1, 1]."""
        self._changes = torch.from_numpy(actions)

    @torch.no_grad()
    def step_wait(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Carries them out."""
        device = self._policy.device
        raw, changes = torch.from_numpy(self._raw).to(device), self._changes.to(device)
        rewards = self.reward_of(torch.cat([self._policy.observe(raw), changes], dim=1)).cpu().numpy()
        commands = self._policy.command(raw, changes).cpu().numpy().astype(float)
        observations, ended, succeeded = self._episodes.step(commands)
        self._raw = np.concatenate([self._raw[:, 1:], observations[:, None].astype(np.float32)], axis=1)
        seen, infos = self.seen(), [dict[str, Any]() for _ in ended]
        over = np.flatnonzero(ended)
        if len(over):
            self.success.extend(succeeded[over].astype(float))
            for i in over:
                infos[i] = {"terminal_observation": seen[i], "TimeLimit.truncated": True}
            self._begin(over)
            seen = self.seen()
        return seen, rewards, ended, infos

    def _begin(self, numbers: NDArray[np.intp]) -> None:
        first = self._episodes.begin(numbers.tolist())
        self._raw[numbers] = first[:, None]  # stands in for what was before

    def seen(self) -> NDArray[np.float32]:
        """What the policy sees now (episodes, seen_size)."""
        with torch.no_grad():
            raw = torch.from_numpy(self._raw).to(self._policy.device)
            seen: NDArray[np.float32] = self._policy.observe(raw).cpu().numpy()
        return seen

    def close(self) -> None:
        """Ends them."""
        self._episodes.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """See VecEnv: the episodes have nothing that one of them has alone."""
        return [getattr(self, attr_name, None) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """See VecEnv: refused."""
        raise NotImplementedError(f"{attr_name} is not to be set")

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """See VecEnv: refused."""
        raise NotImplementedError(f"{method_name} is not to be called")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """See VecEnv: none is."""
        return [False for _ in self._get_indices(indices)]
