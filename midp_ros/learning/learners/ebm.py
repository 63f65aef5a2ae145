"""An implicit policy: an energy of chunks given observations, by InfoNCE and Langevin dynamics; imports core and torch.

Implicit behavioural cloning (Florence et al. 2021) learns E with p(chunk | window) ~ exp(-E), from demonstrated chunks
among counter-examples, and answers by a search for low E. Here a chunk is its whitened principal components z
(`ChunkComponents`), and all candidates of a comparison, the demonstrated one too, are drawn around a common centre, so
that E = -log p + a constant is the optimum for counter-examples at any distance (Ceylan & Gutmann 2018, with one of
them). docs/learners.md derives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import build
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.learners.ebm_policy import EbmConfig, EbmPolicy
from midp_ros.learning.learners.learner import (
    Batch,
    Measured,
    PlainObjective,
    refuse_terms_of_denoisers,
    with_price_of_past,
)


class Ebm:
    """A Learner."""

    unread = ("model", "diffusion")

    def __init__(self, options: Mapping[str, Any]):
        self.config: EbmConfig = build(EbmConfig, dict(options), "learner")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner; raises ConfigError where a section asks for what only a denoiser has."""
        refuse_terms_of_denoisers(config)
        return EbmPolicy(contract, config, self.config)

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> InfoNce:
        """See Learner. Always in float32: steep energies have no digits to spare."""
        return InfoNce(config, cast("EbmPolicy", policy))


class InfoNce(PlainObjective):
    """An Objective: -log of the share that the demonstrated z has among counter-examples, in the mean over scales."""

    what = "InfoNCE loss"

    def __init__(self, config: TrainConfig, policy: EbmPolicy):
        self.config, self.policy = config, policy

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: the history bottleneck's noise, that of the demonstrated z, and the candidates'."""
        options, size = self.policy.options, self.policy.components.size
        shapes = (size,), (len(options.scales), 1 + options.counter_examples, size)
        return [
            self.policy.draw_history_noise(batch, generator),
            *(torch.randn(batch, *shape, generator=generator) for shape in shapes),
        ]

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective. The squared error of what the components leave out is a summand, too."""
        past_noise, smear, noise = drawn
        seen = self.policy.see(batch.observation, batch.pictured, past_noise)
        shown = self.shown(batch.action, smear)
        error = self.error(seen, shown, noise)
        rest = (self.policy.decode(seen, shown) - batch.action).flatten(1)
        rest_error = self.policy.components.outside(rest).square().mean()
        loss, information = with_price_of_past(error, self.policy, self.config, step)
        return loss + rest_error, Measured(error, statistics_loss=rest_error, history_information=information)

    def held_out(self, batch: Batch) -> Tensor:
        """See Objective."""
        generator = torch.Generator().manual_seed(self.config.seed)
        smear, noise = (each.to(batch.action) for each in self.draw(len(batch.action), generator)[1:])
        return self.error(self.policy.see(batch.observation, batch.pictured), self.shown(batch.action, smear), noise)

    def shown(self, chunk: Tensor, smear: Tensor) -> Tensor:
        """z (batch, size) of demonstrated chunks (batch, predicted, action_size), with noise (batch, size)."""
        components = self.policy.components
        return components.encode(chunk) + self.policy.options.deviation * smear * components.used

    def error(self, seen: Tensor, shown: Tensor, noise: Tensor) -> Tensor:
        """InfoNCE of demonstrated z (batch, size), a scalar [nat].

        Args:
            noise: standard normal (batch, scales, 1 + counter-examples, size); the first one leads to the centre.
        """
        policy, scales = self.policy, noise.new_tensor(self.policy.options.scales)
        away = scales[:, None, None] * noise * policy.components.used
        centre = shown[:, None, None] + away[:, :, :1]
        others = centre + away[:, :, 1:]  # (batch, scales, counter-examples, size)
        candidates = torch.cat([shown[:, None], others.flatten(1, 2)], dim=1)
        energies = policy.energy(candidates, policy.conditions(seen))
        return info_nce(
            energies[:, :1, None].expand(-1, len(scales), 1), energies[:, 1:].unflatten(1, (len(scales), -1))
        )


def info_nce(shown: Tensor, others: Tensor) -> Tensor:
    """-log of exp(-E) of the demonstrated one (..., 1) over the sum with the others' (..., n), the mean [nat]."""
    return (torch.logsumexp(-torch.cat([shown, others], -1), -1) + shown[..., 0]).mean()
