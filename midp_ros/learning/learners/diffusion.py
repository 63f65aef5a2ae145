"""Diffusion: a denoiser descends the denoising error, the regulariser and the penalties; imports core and torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.device import Compute
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.learned_policy import Answer, LearnedPolicy
from midp_ros.learning.learners.learner import Batch, Measured, with_price_of_past
from midp_ros.learning.penalties import Penalties
from midp_ros.learning.regulariser import Regulariser
from midp_ros.learning.sampler import Sampler
from midp_ros.learning.team import Team


class SampledPolicy(DiffusionPolicy):
    """A DiffusionPolicy that answers by its sampling loop."""

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """See LearnedPolicy."""
        return Sampler(self, sampling_steps)


class DiffusionLearner:
    """The mutual-information-regularised diffusion policy."""

    def __init__(self, options: Mapping[str, Any]):
        require(not options, "learner", dict(options), "no more keys for 'diffusion', whose sections are the others")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner."""
        return SampledPolicy.of(contract, config)

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> DenoisingObjective:
        """See Learner."""
        return DenoisingObjective(config, cast("DiffusionPolicy", policy), augmentation, compute)


class DenoisingObjective:
    """An Objective: the denoising error, minus the bound on mutual information, plus the penalties, each weighted."""

    what = "denoising error"

    def __init__(self, config: TrainConfig, policy: DiffusionPolicy, augmentation: Augmentation, compute: Compute):
        self.config, self.policy, self.compute = config, policy, compute
        regulariser = config.regulariser
        self.regulariser = Regulariser(regulariser, policy, config.seed) if regulariser else None
        self.penalties = Penalties(config, policy, augmentation)
        self.relates_following = self.regulariser is not None and self.regulariser.relates("next_action")

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: noise steps and noises of every window, and those of the bottlenecks."""
        contract, draws = self.policy.contract, self.config.training.noise_draws
        steps = torch.randint(self.config.diffusion.steps, (batch, draws), generator=generator)
        noise = torch.randn(batch, draws, contract.horizon.predicted, contract.action_size, generator=generator)
        past_noise = self.policy.draw_history_noise(batch, generator)
        return [steps, noise, past_noise, self.penalties.draw(batch, generator)]

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective."""
        steps, noise, past_noise, feature_noise = drawn
        with self.compute.autocast():
            result = self.policy.denoising_step(
                batch.observation, batch.action, steps.flatten(), noise.flatten(0, 1), past_noise, batch.pictured,
                feature_noise,
            )  # fmt: skip
        loss, information = with_price_of_past(result.error, self.policy, self.config, step)
        bound = statistics_loss = None
        if self.regulariser:
            if batch.next_action is not None:
                result = replace(result, next_action=batch.next_action)
            term, bound, statistics_loss = self.regulariser.term(result, step)
            loss = loss + term
        penalty, features, leakage = self.penalties.term(result, batch.windows, batch.chosen, batch.moved)
        measured = Measured(result.error, bound, statistics_loss, information, features, leakage)
        return loss + penalty, measured

    def held_out(self, batch: Batch) -> Tensor:
        """See Objective: at noise steps that are spread evenly."""
        generator = torch.Generator().manual_seed(0)
        count = len(batch.chosen)
        steps = torch.arange(count) * self.config.diffusion.steps // count
        steps = steps[torch.randperm(count, generator=generator)]
        noise = torch.randn(batch.action.shape, generator=generator)
        steps, noise = (each.to(self.compute.device) for each in (steps, noise))
        return self.policy.denoising_step(batch.observation, batch.action, steps, noise, pictured=batch.pictured).error

    def weight(self, step: int) -> float:
        """See Objective."""
        return self.regulariser.weight(step) if self.regulariser else 0.0

    def update(self, team: Team, clip: float) -> None:
        """See Objective: the statistics network."""
        if self.regulariser:
            team.average_gradients(self.regulariser.network.parameters())
            self.regulariser.update(clip)

    def state_dict(self) -> dict[str, Any]:
        """See Objective."""
        return {"regulariser": self.regulariser.state_dict()} if self.regulariser else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See Objective."""
        if self.regulariser:
            self.regulariser.load_state_dict(state["regulariser"])
