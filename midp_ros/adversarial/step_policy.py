"""A policy that decides one control step at a time, exported as a chunk; imports core and torch.

Its action is the change from what is observed to what is commanded next, in units of the demonstrations' range of it: a
policy that knows nothing yet stays near where it is, instead of anywhere in the workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.learned_policy import Answer, Asked, LearnedPolicy
from midp_ros.learning.normalizer import MinMaxNormalizer


class StepPolicy(LearnedPolicy):
    """A perceptron from a window to the mean of a Gaussian over changes.

    Attributes:
        seen_size: values that it sees: the newest observation, and how earlier ones differ from it.
        trunk, mean, log_deviation: the Gaussian's network; the exported answer is the mean.
    """

    def __init__(self, contract: Contract, config: TrainConfig, hidden: tuple[int, ...], log_deviation: float):
        horizon = contract.horizon
        require(horizon.executed == 1, "context.executed", horizon.executed, "1: this learner decides step by step")
        super().__init__(contract, config.model.floor)
        earlier = horizon.observed - 1
        self.newest_normalizer = MinMaxNormalizer((self.observation_size,), config.model.floor)
        self.earlier_normalizer = MinMaxNormalizer((earlier, self.observation_size), config.model.floor)
        self.change_normalizer = MinMaxNormalizer((contract.action_size,), config.model.floor)
        self.register_buffer("stay", _stay(contract), persistent=False)
        self.seen_size = horizon.observed * self.observation_size
        sizes = (self.seen_size, *hidden)
        layers = [nn.Sequential(nn.Linear(a, b), nn.Tanh()) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.trunk = nn.Sequential(*layers)
        self.mean = nn.Linear(sizes[-1], contract.action_size)
        with torch.no_grad():
            self.mean.weight.mul_(0.01)
            self.mean.bias.zero_()
        self.log_deviation = nn.Parameter(torch.full((contract.action_size,), log_deviation))

    stay: Tensor

    def fit_normalizers_in_parts(self, parts: Callable[[], Iterator[tuple[Tensor, Tensor]]]) -> None:
        """See LearnedPolicy."""
        super().fit_normalizers_in_parts(parts)
        self.newest_normalizer.fit_parts(self.features.observe(seen)[:, -1] for seen, _ in parts())
        if self.contract.horizon.observed > 1:
            self.earlier_normalizer.fit_parts(_earlier(self.features.observe(seen)) for seen, _ in parts())
        self.change_normalizer.fit_parts(self._change(*part) for part in parts())

    def observe(self, observation: Tensor) -> Tensor:
        """What it sees (batch, seen_size) of raw windows (batch, observed, observation_size)."""
        visible = self.features.observe(observation)
        newest = self.newest_normalizer.normalize(visible[:, -1])
        return torch.cat([newest, self.earlier_normalizer.normalize(_earlier(visible)).flatten(1)], dim=1)

    def demonstrated(self, observation: Tensor, chunk: Tensor) -> Tensor:
        """The normalised change (batch, action_size) that raw chunks (batch, predicted, action_size) begin with."""
        change: Tensor = self.change_normalizer.normalize(self._change(observation, chunk))
        return change

    def command(self, observation: Tensor, change: Tensor) -> Tensor:
        """The raw action (batch, action_size) of a normalised change; the inverse of `demonstrated`."""
        return observation[:, -1] @ self.stay + self.change_normalizer.denormalize(change)

    def _change(self, observation: Tensor, chunk: Tensor) -> Tensor:
        return chunk[:, self.contract.first_executed] - observation[:, -1] @ self.stay

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """See LearnedPolicy."""
        require(sampling_steps in (None, 1), "sampling_steps", sampling_steps, "none: this policy answers at once")
        return StepAnswer(self)

    def compile_network(self) -> None:
        """See LearnedPolicy."""
        self.trunk.compile()


class StepAnswer(Answer):
    """An Answer: the mean change, once more as far in the next step, and then a stop.

    One action of the chunk is executed. The others are there for the velocity with which it is passed, and for an
    answer that is late. Actions of the past are the newest observation.
    """

    policy: StepPolicy

    def chunks(self, asked: Asked) -> list[Tensor]:
        """See Answer: one chunk."""
        policy, seen = self.policy, asked.observation
        change = policy.mean(policy.trunk(policy.observe(seen))).clamp(-1, 1)  # as far as it acts in training
        now, following = seen[:, -1] @ policy.stay, policy.command(seen, change)
        ahead = torch.arange(policy.contract.horizon.predicted, device=seen.device) - policy.contract.first_executed + 1
        # What is not observed has no change: it stays as commanded.
        moves = (policy.stay.sum(0) > 0).to(seen.dtype)
        steps = ahead.clamp(0, 2).to(seen.dtype)[:, None] * moves + (1 - moves)
        chunk = now[:, None] + steps * (following - now)[:, None]
        return [self.held(policy.encode_action(seen, chunk) + 0 * asked.noise, asked)]


def _earlier(visible: Tensor) -> Tensor:
    """How earlier observations differ from the newest one (batch, observed - 1, visible)."""
    return visible[:, :-1] - visible[:, -1:]


def _stay(contract: Contract) -> Tensor:
    """0/1 matrix (observation_size, action_size): the newest observation times it is the action of standing still.

    An action that is not observed under its name begins at 0.
    """
    matrix = torch.zeros(contract.observation_size, contract.action_size)
    for entry in contract.action:
        if (seen := contract.observation_slices.get(entry.name)) is not None:
            matrix[seen, contract.action_slices[entry.name]] = torch.eye(entry.size)
    return matrix
