"""Behaviour cloning: a network that answers at once; imports core and torch.

It descends -log p(chunk | observation): with the head `mse` p is a Gaussian of one width, so that the answer is the
demonstrations' mean (Pomerleau 1989, ALVINN); with `mixture` a mixture of Gaussians (Bishop 1994), which can keep two
ways to do it apart. Executed is the mean of a component that is drawn by its weight: the width of a demonstration's
noise is not repeated (Mandlekar et al. 2021).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import build, require
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import Answer, Asked, LearnedPolicy
from midp_ros.learning.learners.draw import one_of
from midp_ros.learning.learners.learner import (
    Batch,
    Measured,
    PlainObjective,
    refuse_terms_of_denoisers,
    with_price_of_past,
)

HEADS = ("mse", "mixture")


@dataclass(frozen=True)
class CloningConfig:
    """The keys of `learner: {name: bc}`.

    Attributes:
        head: one of HEADS.
        components: of the mixture.
        hidden: widths of the layers.
        least_deviation: of a component, where a dimension's range is 2. What is fitted more exactly outweighs which way
            a chunk goes; a demonstration that is fitted exactly would have an infinite density.
        relaxation: weight of all components' mean error at the training's start, from where it falls to 0. Without it
            the components that are nearest at first take all demonstrations, and the others learn nothing (Rupprecht et
            al. 2017, Learning in an Uncertain World; Makansi et al. 2019).
    """

    head: str = "mse"
    components: int = 5
    hidden: tuple[int, ...] = (256, 256, 256)
    least_deviation: float = 0.1
    relaxation: float = 0.05

    def __post_init__(self) -> None:
        if self.head not in HEADS:
            raise UnknownNameError("learner.head", self.head, HEADS)
        require(self.components >= 1, "learner.components", self.components, "at least 1")
        ok = len(self.hidden) >= 1 and min(self.hidden) >= 1
        require(ok, "learner.hidden", list(self.hidden), "one or more widths, at least 1 each")
        require(self.least_deviation > 0, "learner.least_deviation", self.least_deviation, "more than 0")
        require(0 <= self.relaxation < 1, "learner.relaxation", self.relaxation, "0 to below 1")


class BehaviourCloning:
    """A Learner."""

    unread = ("model", "diffusion")

    def __init__(self, options: Mapping[str, Any]):
        self.config: CloningConfig = build(CloningConfig, dict(options), "learner")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner; raises ConfigError where a section asks for what only a denoiser has."""
        refuse_terms_of_denoisers(config)
        return CloningPolicy(contract, config, self.config)

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> CloningObjective:
        """See Learner."""
        return CloningObjective(config, cast("CloningPolicy", policy), compute)


class CloningPolicy(LearnedPolicy):
    """A perceptron over the window, and its head."""

    def __init__(self, contract: Contract, config: TrainConfig, cloning: CloningConfig):
        super().__init__(
            contract, config.model.floor, config.history_bottleneck, config.encoder, config.scene_frame,
            config.context.past_prediction,
        )  # fmt: skip
        self.cloning = cloning
        self.chunk = contract.horizon.predicted, contract.action_size
        self.values = math.prod(self.chunk)
        sizes = (contract.horizon.observed * self.observation_size, *cloning.hidden)
        layers = [nn.Sequential(nn.Linear(a, b), nn.SiLU()) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.trunk = nn.Sequential(nn.Flatten(), *layers)
        self.mixed = cloning.components if cloning.head == "mixture" else 1
        self.means = nn.Linear(sizes[-1], self.mixed * self.values)
        self.weights = nn.Linear(sizes[-1], self.mixed) if cloning.head == "mixture" else None
        self.deviations = nn.Linear(sizes[-1], self.mixed * self.values) if cloning.head == "mixture" else None

    def components(self, seen: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Means (batch, components, values), and of a mixture the weights' logits and the deviations, likewise."""
        h = self.trunk(seen)
        means = self.means(h).unflatten(1, (self.mixed, self.values))
        if self.weights is None or self.deviations is None:
            return means, None, None
        deviations = nn.functional.softplus(self.deviations(h)) + self.cloning.least_deviation
        return means, self.weights(h), deviations.unflatten(1, (self.mixed, self.values))

    def error(self, seen: Tensor, chunk: Tensor) -> tuple[Tensor, Tensor]:
        """Error of normalised chunks (batch, predicted, action_size), and the mean of the components' own: scalars."""
        means, logits, deviations = self.components(seen)
        wanted = chunk.flatten(1)[:, None]
        if logits is None or deviations is None:
            error = (means - wanted).square().mean()
            return error, error
        density = -((wanted - means) / deviations).square() / 2 - deviations.log() - math.log(2 * math.pi) / 2
        total = torch.logsumexp(logits.log_softmax(-1) + density.sum(-1), dim=-1)
        return -total.mean() / self.values, -density.mean()

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """See LearnedPolicy."""
        require(sampling_steps in (None, 1), "sampling_steps", sampling_steps, "none: it answers at once")
        return CloningAnswer(self)

    def compile_network(self) -> None:
        """See LearnedPolicy."""
        self.trunk.compile()


class CloningAnswer(Answer):
    """An Answer: the mean, or that of a component of the mixture, which the noise's first value draws."""

    policy: CloningPolicy

    def chunks(self, asked: Asked) -> list[Tensor]:
        """See Answer: one chunk."""
        policy = self.policy
        seen = policy.see(policy.encode_observation(asked.observation), policy.encode_images(asked.images))
        means, logits, _ = policy.components(seen)
        chunk = means[:, 0] if logits is None else (one_of(logits, asked.noise[:, 0, :1])[..., None] * means).sum(1)
        chunk = chunk.unflatten(1, policy.chunk) + 0 * asked.noise  # an input of the exported graph, used or not
        return [self.held(chunk, asked)]


class CloningObjective(PlainObjective):
    """An Objective: -log p of the demonstrated chunks, and the price on the past."""

    def __init__(self, config: TrainConfig, policy: CloningPolicy, compute: Compute):
        self.config, self.policy, self.compute = config, policy, compute
        self.what = "squared error" if policy.weights is None else "negative log likelihood"

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: the history bottleneck's noise."""
        return [self.policy.draw_history_noise(batch, generator)]

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective."""
        with self.compute.autocast():
            error, each = self.policy.error(self.policy.see(batch.observation, batch.pictured, drawn[0]), batch.action)
        relaxation = self.policy.cloning.relaxation * max(0.0, 1 - step / self.config.training.steps)
        descended = (1 - relaxation) * error + relaxation * each if self.policy.mixed > 1 else error
        loss, information = with_price_of_past(descended, self.policy, self.config, step)
        return loss, Measured(error, history_information=information)

    def held_out(self, batch: Batch) -> Tensor:
        """See Objective."""
        return self.policy.error(self.policy.see(batch.observation, batch.pictured), batch.action)[0]
