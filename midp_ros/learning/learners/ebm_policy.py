"""A policy that is an energy of a chunk's components, searched by Langevin dynamics; imports core and torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import require
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.learned_policy import Answer, Asked, LearnedPolicy
from midp_ros.learning.learners.chunk_components import ChunkComponents
from midp_ros.learning.learners.draw import one_of
from midp_ros.learning.learners.energy import Energy
from midp_ros.learning.learners.langevin import Langevin

CHOICES = ("least", "drawn")
SEEN_RANGE = 2.0  # observations are held to so many times the demonstrated half range: no energy is known further out


@dataclass(frozen=True)
class EbmConfig:
    """The keys of `learner: {name: ebm}`. Lengths in z have the unit of the components' standard deviations.

    Attributes:
        components: of a chunk, at most.
        explained: share of the chunks' variance that the components in use explain.
        deviation: of the noise that smears demonstrated z; a demonstration that is fitted exactly would have an
            infinite density. What is learned is not narrower.
        scales: how far from the demonstrated z counter-examples are drawn.
        counter_examples: at each scale.
        hidden: widths of the observations' layers.
        energy_hidden: widths of the energy's layers.
        chains: of Langevin dynamics, in parallel.
        langevin_steps: with noise.
        descent_steps: without, after them.
        largest_step: of a chain, the first one; they shrink from there.
        choice: of a chain at the end: one of CHOICES, that of the least E, or one that is drawn by exp(-E).
        margin_nat: chains whose E is within so much of the least are drawn alike. Chains reach a way about as often as
            it was demonstrated; drawn by exp(-E) alone, a frequent way would count twice.
    """

    components: int = 10
    explained: float = 0.95
    deviation: float = 0.05
    scales: tuple[float, ...] = (0.1, 0.3, 1.0, 3.0)
    counter_examples: int = 16
    hidden: tuple[int, ...] = (256, 256)
    energy_hidden: tuple[int, ...] = (128, 128)
    chains: int = 12
    langevin_steps: int = 20
    descent_steps: int = 20
    largest_step: float = 1.0
    choice: str = "least"
    margin_nat: float = 4.0

    def __post_init__(self) -> None:
        for key in ("components", "counter_examples", "chains"):
            require(getattr(self, key) >= 1, f"learner.{key}", getattr(self, key), "at least 1")
        for key in ("langevin_steps", "descent_steps"):
            require(getattr(self, key) >= 0, f"learner.{key}", getattr(self, key), "at least 0")
        for key in ("hidden", "energy_hidden"):
            ok = len(getattr(self, key)) >= 1 and min(getattr(self, key)) >= 1
            require(ok, f"learner.{key}", list(getattr(self, key)), "one or more widths, at least 1 each")
        require(0 < self.explained <= 1, "learner.explained", self.explained, "above 0, up to 1")
        require(self.deviation > 0, "learner.deviation", self.deviation, "more than 0")
        require(self.margin_nat >= 0, "learner.margin_nat", self.margin_nat, "at least 0")
        require(self.largest_step > 0, "learner.largest_step", self.largest_step, "more than 0")
        ok = len(self.scales) >= 1 and min(self.scales) > 0
        require(ok, "learner.scales", list(self.scales), "one or more, above 0 each")
        if self.choice not in CHOICES:
            raise UnknownNameError("learner.choice", self.choice, CHOICES)


class EbmPolicy(LearnedPolicy):
    """An energy of a chunk's components given the window, and what else there is to the chunk given both."""

    def __init__(self, contract: Contract, config: TrainConfig, options: EbmConfig):
        super().__init__(
            contract, config.model.floor, config.history_bottleneck, config.encoder, config.scene_frame,
            config.context.past_prediction,
        )  # fmt: skip
        self.options = options
        self.chunk = contract.horizon.predicted, contract.action_size
        self.components = ChunkComponents(math.prod(self.chunk), options.components, options.explained)
        sizes = (contract.horizon.observed * self.observation_size, *options.hidden)
        layers = [nn.Sequential(nn.Linear(a, b), nn.SiLU()) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.trunk = nn.Sequential(nn.Flatten(), *layers)
        sizes = (sizes[0] + self.components.size, *options.hidden)
        layers = [nn.Sequential(nn.Linear(a, b), nn.SiLU()) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.rest = nn.Sequential(*layers, nn.Linear(sizes[-1], math.prod(self.chunk)))
        self.energy = Energy(sizes[-1], self.components.size, options.energy_hidden, options.deviation)

    def fit_normalizers_in_parts(self, parts: Callable[[], Iterator[tuple[Tensor, Tensor]]]) -> None:
        """See LearnedPolicy; the components, too."""
        super().fit_normalizers_in_parts(parts)
        self.components.fit_parts(lambda: (self.encode_action(*part) for part in parts()))

    def conditions(self, seen: Tensor) -> list[Tensor]:
        """What the energy takes of windows (batch, observed, observation_size)."""
        return self.energy.conditions(self.trunk(_within(seen)))

    def decode(self, seen: Tensor, z: Tensor) -> Tensor:
        """Normalised chunks (batch, predicted, action_size) of z (batch, size), with what the components leave out."""
        rest = self.rest(torch.cat([_within(seen).flatten(1), z], dim=1))
        return (self.components.decode(z) + self.components.outside(rest)).unflatten(1, self.chunk)

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """See LearnedPolicy."""
        require(sampling_steps is None, "sampling_steps", sampling_steps, "none: learner.langevin_steps says how many")
        return EbmAnswer(self)

    def compile_network(self) -> None:
        """See LearnedPolicy."""
        self.trunk.compile()


class EbmAnswer(Answer):
    """An Answer: several chains down the energy, and the end of one of them.

    The noise's first value draws the chain. The values after it, and then those of `fresh`, are where the chains begin
    and the noise of each step.
    """

    policy: EbmPolicy

    def __init__(self, policy: EbmPolicy):
        super().__init__(policy)
        options = policy.options
        self.chains = options.chains, policy.components.size
        self.langevin = Langevin(options.langevin_steps, options.descent_steps, options.largest_step, options.deviation)

    @property
    def fresh_draws(self) -> int:
        """See Answer."""
        numbers = 1 + math.prod(self.chains) * (1 + self.langevin.noisy)
        return max(min(1, self.langevin.noisy), math.ceil(numbers / math.prod(self.policy.chunk)) - 1)

    def chunks(self, asked: Asked) -> list[Tensor]:
        """See Answer: one chunk."""
        policy = self.policy
        seen = policy.see(policy.encode_observation(asked.observation), policy.encode_images(asked.images))
        z = self.sample(policy.conditions(seen), asked.noise, asked.fresh)
        return [self.held(policy.decode(seen, z), asked)]

    def sample(self, conditions: list[Tensor], noise: Tensor, fresh: Tensor | None = None) -> Tensor:
        """z (batch, size) for noise and `fresh` as an Answer is asked with; without `fresh` no step has noise."""
        policy = self.policy
        steps = self.langevin.noisy if fresh is not None else 0
        numbers = noise.flatten(1) if fresh is None else torch.cat([noise.flatten(1), fresh.flatten(1)], dim=1)
        needed = 1 + math.prod(self.chains) * (1 + steps)
        if needed > numbers.shape[1]:  # a small chunk, without `fresh`: further chains begin at the mean
            numbers = nn.functional.pad(numbers, (0, needed - numbers.shape[1]))
        drawn = numbers[:, 1:needed].unflatten(1, (1 + steps, *self.chains)) * policy.components.used
        start = policy.components.hold(drawn[:, 0])
        noises = [drawn[:, 1 + i] for i in range(steps)]
        z = self.langevin.run(start, policy.energy, conditions, policy.components, noises)
        energy = policy.energy(z, conditions)  # (batch, chains)
        if policy.options.choice == "least":
            chosen = (torch.arange(len(z[0]), device=z.device) == energy.argmin(-1, keepdim=True)).to(z.dtype)
        else:
            above = energy - energy.amin(-1, keepdim=True) - policy.options.margin_nat
            chosen = one_of(-above.clamp_min(0), noise[:, 0, :1])
        return (chosen[..., None] * z).sum(1)


def _within(seen: Tensor) -> Tensor:
    return seen.clamp(-SEEN_RANGE, SEEN_RANGE)
