"""The mutual-information regulariser: the policy's loss is the denoising error minus weight times the bound.

Imports core and torch. The bound is on I(x, c; y), with c the diffusion step and, where it is not itself one of the
pair, the observation: the marginal is drawn from other samples' y of the batch, while c stays with x. Which pairs can
help, and which cannot, stands in docs/mutual_information.md.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from midp_ros.learning.config import FROM_POLICY, RegulariserConfig
from midp_ros.learning.diffusion import DenoisingStep, DiffusionPolicy
from midp_ros.learning.mutual_information import ESTIMATORS, Partition, drift
from midp_ros.learning.statistics_network import StatisticsNetwork

STEP_FREQUENCIES = 4


class _ScaledGradient(torch.autograd.Function):
    """The identity, whose gradient is multiplied by a factor."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, factor: float) -> Tensor:
        ctx.factor = factor
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return gradient * ctx.factor, None


class Regulariser:
    """The statistics network, its optimiser, and the term that joins the policy's loss.

    One forward and one backward pass serve both players. The term is -T's bound, so that descending it trains the
    statistics network; on its way back into the policy the gradient is multiplied by `weight`. With weight 0 nothing
    flows back and the policy's weights are those without a regulariser, bit by bit.
    """

    def __init__(self, config: RegulariserConfig, policy: DiffusionPolicy, seed: int):
        self.config = config
        contract = policy.contract
        chunk = contract.horizon.predicted * contract.action_size
        window = contract.horizon.observed * policy.features.observation_size
        sizes = {"observation": window, "observation_features": policy.denoiser.feature_size}
        self.sees_observation = not {"observation", "observation_features"} & {config.x, config.y}
        context = 2 * STEP_FREQUENCIES + (window if self.sees_observation else 0)
        self.diffusion_steps = policy.diffusion.steps
        self.windowed = config.first_step > 0 or config.last_step is not None
        with torch.random.fork_rng(devices=[]):  # the policy's random numbers must not notice
            torch.manual_seed(seed)
            self.network = StatisticsNetwork(
                sizes.get(config.x, chunk), sizes.get(config.y, chunk), context, config.hidden
            ).to(policy.device)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=config.learning_rate, fused=True)
        self.partition = Partition(config.partition_rate)
        self.estimator = ESTIMATORS[config.estimator]

    def relates(self, quantity: str) -> bool:
        """Whether a quantity is one of the pair."""
        return quantity in (self.config.x, self.config.y)

    def weight(self, training_step: int) -> float:
        """The weight at a training step: rising linearly over the warm-up, in which the bound is not yet one."""
        if training_step >= self.config.warmup_steps:
            return self.config.weight
        return self.config.weight * training_step / self.config.warmup_steps

    def term(self, step: DenoisingStep, training_step: int) -> tuple[Tensor, Tensor, Tensor]:
        """The scalar to add to the denoising error, the bound [nat], and the statistics network's loss; scalars."""
        weight = self.weight(training_step)
        x, y = (self._quantity(step, name, weight) for name in (self.config.x, self.config.y))
        context = self._context(step)
        if self.windowed:
            chosen = self._within_window(step.step)
            x, y, context = x[chosen], y[chosen], context[chosen]
        if len(x) < 2:
            unknown = x.new_full((), math.nan)
            return x.new_zeros(()), unknown, unknown
        joint, marginal = self.network(x, y, context, min(self.config.negatives, len(x) - 1))
        objective = self.estimator.objective(joint, marginal, self.partition.update(marginal))
        surrogate = self.config.drift * drift(marginal) - objective
        bound = self.estimator.bound(joint.detach(), marginal.detach())
        return surrogate, bound, surrogate.detach()

    def update(self, clip: float) -> None:
        """One step of the statistics network, after the backward pass."""
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)

    def _within_window(self, diffusion_step: Tensor) -> Tensor:
        """Which samples' diffusion step counts."""
        last = self.diffusion_steps if self.config.last_step is None else self.config.last_step
        return (diffusion_step >= self.config.first_step) & (diffusion_step <= last)

    def _quantity(self, step: DenoisingStep, name: str, weight: float) -> Tensor:
        value: Tensor = getattr(step, name)
        if name in FROM_POLICY:
            value = _ScaledGradient.apply(value, weight) if weight > 0 else value.detach()
        return value.flatten(1).float()

    def _context(self, step: DenoisingStep) -> Tensor:
        frequency = math.pi * torch.arange(1, STEP_FREQUENCIES + 1, device=step.step.device)
        angle = step.step[:, None] / self.diffusion_steps * frequency
        parts = [angle.sin(), angle.cos()]
        if self.sees_observation:
            parts.append(step.observation.flatten(1))
        return torch.cat(parts, dim=-1)

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "log_partition": self.partition.log_average,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        average = state["log_partition"]  # a number in older checkpoints
        self.partition.log_average = None if average is None else torch.as_tensor(average).to(self.network.out.weight)
