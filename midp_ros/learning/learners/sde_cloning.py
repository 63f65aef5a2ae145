"""Behaviour cloning with a term of a stochastic process: `bc_sde`; imports core and torch.

The loss is |pi(s) - a|^2 + weight L(X_t, pi(s)), with X_t from dX = mu dt + sigma dW. X sets out from the policy's
answer, X_0 = pi(s), and L is the loss of a diffusion model of the demonstrations at X_t, as in Chen et al. 2024
("Diffusion model-augmented behavioral cloning"): how far from pi(s) the demonstrations lead what set out from there.
That is least where the demonstrations are dense, not at their mean. docs/learners.md derives it, and why the same with
X_0 = a would add nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import build, require
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.denoiser import DenoiserShape
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.learners.behaviour_cloning import CloningConfig, CloningObjective, CloningPolicy
from midp_ros.learning.learners.chunk_diffusion import ChunkDiffusion
from midp_ros.learning.learners.learner import Batch, Measured, refuse_terms_of_denoisers, with_price_of_past
from midp_ros.learning.team import Team

PROCESSES = ("diffusion", "flow", "ve", "vp")  # of diffusion.method, those that are processes


@dataclass(frozen=True)
class SdeCloningConfig:
    """The keys of `learner: {name: bc_sde}`. Network and process of the diffusion model are `model` and `diffusion`.

    Attributes:
        hidden: widths of the policy's layers.
        weight: lambda, of the term in the loss; 0 leaves the policy alone, bit by bit.
        warmup_steps: linear rise of the weight [steps], in which the diffusion model learns.
        learning_rate: of the diffusion model.
    """

    hidden: tuple[int, ...] = (256, 256, 256)
    weight: float = 1.0
    warmup_steps: int = 1000
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        CloningConfig(hidden=self.hidden)
        require(self.weight >= 0, "learner.weight", self.weight, "at least 0")
        require(self.warmup_steps >= 0, "learner.warmup_steps", self.warmup_steps, "at least 0")
        require(self.learning_rate > 0, "learner.learning_rate", self.learning_rate, "more than 0")


class SdeCloning:
    """A Learner."""

    def __init__(self, options: Mapping[str, Any]):
        self.config: SdeCloningConfig = build(SdeCloningConfig, dict(options), "learner")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner; raises ConfigError for terms and processes that it has not."""
        refuse_terms_of_denoisers(config)
        method = config.diffusion.method
        require(method in PROCESSES, "diffusion.method", method, f"one of {', '.join(PROCESSES)}: bc_sde needs noise")
        return CloningPolicy(contract, config, CloningConfig(hidden=self.config.hidden))

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> SdeObjective:
        """See Learner."""
        return SdeObjective(config, cast("CloningPolicy", policy), compute, self.config)


class SdeObjective(CloningObjective):
    """An Objective: the squared error, and the term; the diffusion model is trained beside the policy.

    The term is max(L(pi(s)) - L(a), 0) at the same noise step and noise, as in the paper, and zero where the policy
    does as the demonstration.
    """

    def __init__(self, config: TrainConfig, policy: CloningPolicy, compute: Compute, cloning: SdeCloningConfig):
        super().__init__(config, policy, compute)
        self.cloning = cloning
        shape = DenoiserShape(*policy.chunk, policy.contract.horizon.observed, policy.observation_size)
        with torch.random.fork_rng(devices=[]):  # the policy's random numbers must not notice
            torch.manual_seed(config.seed)
            self.model = ChunkDiffusion(shape, config.model, config.diffusion).to(policy.device)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=cloning.learning_rate, fused=True)

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: the history bottleneck's noise, noise steps and noises."""
        steps = torch.randint(self.config.diffusion.steps, (batch,), generator=generator)
        return [*super().draw(batch, generator), steps, torch.randn(batch, *self.policy.chunk, generator=generator)]

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective. The model's own loss is a summand, too; no gradient passes between it and the policy's."""
        past_noise, steps, noise = drawn
        weight = self.weight(step)
        with self.compute.autocast():
            seen = self.policy.see(batch.observation, batch.pictured, past_noise)
            answer = self.policy.components(seen)[0][:, 0].unflatten(1, self.policy.chunk)
            error = (answer - batch.action).square().mean()
            features = self.model.features(seen.detach())
            shown = self.model.errors(batch.action, steps, noise, features)
            added = shown.mean()
            if weight > 0:
                answered = self.model.errors(answer, steps, noise, features, frozen=True)
                added = added + weight * (answered - shown.detach()).clamp_min(0).mean()
        loss, information = with_price_of_past(error, self.policy, self.config, step)
        return loss + added, Measured(error, statistics_loss=shown.mean(), history_information=information)

    def weight(self, step: int) -> float:
        """See Objective."""
        rise = min(1.0, step / self.cloning.warmup_steps) if self.cloning.warmup_steps else 1.0
        return self.cloning.weight * rise

    def update(self, team: Team, clip: float) -> None:
        """See Objective: the diffusion model."""
        team.average_gradients(self.model.parameters())
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        """See Objective."""
        return {"diffusion": {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See Objective."""
        self.model.load_state_dict(state["diffusion"]["model"])
        self.optimiser.load_state_dict(state["diffusion"]["optimiser"])
