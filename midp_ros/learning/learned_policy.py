"""What every learned policy has in common: its view of observations and actions, and that it answers.

Imports core and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require
from midp_ros.learning.config import HistoryBottleneckConfig
from midp_ros.learning.encoders.encoder_config import EncoderConfig
from midp_ros.learning.encoders.image_encoder import ImageEncoder
from midp_ros.learning.features import Features
from midp_ros.learning.history_bottleneck import HistoryBottleneck
from midp_ros.learning.normalizer import MinMaxNormalizer

NO_IMAGES: Mapping[str, Tensor] = MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """What a chunk is asked for with; `Answer.forward` says what they are."""

    observation: Tensor
    noise: Tensor
    prefix: Tensor | None = None
    weight: Tensor | None = None
    images: Mapping[str, Tensor] = field(default_factory=dict)
    fresh: Tensor | None = None


class Answer(nn.Module):
    """From raw observations and noise to raw actions: what is exported, as a function of all its randomness.

    Attributes:
        policy: whose answer it is.
        steps: one for each chunk that leads to the answer.
    """

    def __init__(self, policy: LearnedPolicy, steps: Sequence[int] = (0,)):
        super().__init__()
        self.policy, self.steps = policy, steps

    @property
    def fresh_draws(self) -> int:
        """Chunks of noise that it needs besides the first."""
        return 0

    def forward(
        self,
        observation: Tensor,
        noise: Tensor,
        prefix: Tensor | None = None,
        weight: Tensor | None = None,
        images: Mapping[str, Tensor] = NO_IMAGES,
        fresh: Tensor | None = None,
    ) -> Tensor:
        """Actions (batch, predicted, action_size) in raw, absolute units.

        Args:
            observation: (batch, observed, observation_size), raw, whole vectors.
            noise: (batch, predicted, action_size), standard normal.
            prefix: (batch, predicted, action_size), raw actions to hold to.
            weight: (batch, predicted) in [0, 1]: how much of them; 1 gives the prefix back.
            images: (batch, observed, height, width, 3) uint8, by name.
            fresh: (batch, fresh_draws, predicted, action_size), standard normal; of answers that draw anew.
        """
        drawn = self.chunks(Asked(observation, noise, prefix, weight, images, fresh))
        return self.policy.decode_action(observation, drawn[-1])

    def chunks(self, asked: Asked) -> list[Tensor]:
        """Normalised chunks (batch, predicted, action_size), the last one the answer."""
        raise NotImplementedError

    def held(self, chunk: Tensor, asked: Asked) -> Tensor:
        """A normalised chunk, drawn towards the prefix that is asked for by its weight; for answers in one go."""
        if asked.prefix is None or asked.weight is None:
            return chunk
        share = asked.weight.unsqueeze(-1)
        return (1 - share) * chunk + share * self.policy.encode_action(asked.observation, asked.prefix)


class LearnedPolicy(nn.Module):
    """Features, normalisers, history bottleneck and image encoder: between raw units and what a network sees and says.

    The network is the learner's, which inherits from this class.

    Attributes:
        observation_size: values of an observation that the network sees, with those of its pictures.
        predicts: which actions of a chunk are predicted (predicted, 1), 0 or 1; None: all.
    """

    def __init__(
        self,
        contract: Contract,
        floor: float,
        bottleneck: HistoryBottleneckConfig | None = None,
        encoder: EncoderConfig | None = None,
        scene_frame: str | None = None,
        past_prediction: bool = True,
    ):
        super().__init__()
        self.contract = contract
        self.features = Features(contract, scene_frame)
        self.observation_normalizer = MinMaxNormalizer((self.features.observation_size,), floor)
        chunk = (contract.horizon.predicted, contract.action_size)
        self.action_normalizer = MinMaxNormalizer(chunk, floor)
        past = contract.horizon.observed - 1
        self.history_bottleneck = None
        if bottleneck is not None and bottleneck.weight > 0 and past > 0:
            size, differences, joint = self.features.observation_size, bottleneck.differences, bottleneck.joint
            self.history_bottleneck = HistoryBottleneck(past, size, differences, joint)
        require(encoder is None or bool(contract.images), "encoder", encoder, "none: the contract has no images")
        self.encoder = ImageEncoder(contract.images, encoder or EncoderConfig()) if contract.images else None
        self.observation_size = self.features.observation_size + (self.encoder.feature_size if self.encoder else 0)
        predicts = torch.arange(chunk[0]) >= contract.first_executed
        self.register_buffer("predicts", None if past_prediction else predicts[:, None].float(), persistent=False)

    predicts: Tensor | None

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.action_normalizer.center.device

    @property
    def parameter_count(self) -> int:
        """Learned parameters."""
        return sum(p.numel() for p in self.parameters())

    @property
    def taught(self) -> slice:
        """Steps of a chunk in which its error against a demonstration's is reported: those that are executed."""
        return slice(self.contract.first_executed, self.contract.first_executed + self.contract.horizon.executed)

    def fit_normalizers(self, observation: Tensor, action: Tensor) -> None:
        """Takes the ranges from raw windows (n, observed, observation_size) and chunks (n, predicted, action_size)."""
        self.fit_normalizers_in_parts(lambda: iter([(observation, action)]))

    def fit_normalizers_in_parts(self, parts: Callable[[], Iterator[tuple[Tensor, Tensor]]]) -> None:
        """The same from windows and chunks that come in parts, each time anew."""
        self.observation_normalizer.fit_parts(self.features.observe(observation) for observation, _ in parts())
        if self.history_bottleneck is not None:
            self.history_bottleneck.fit_parts(self.encode_observation(observation) for observation, _ in parts())
        self.action_normalizer.fit_parts(self.features.encode_action(*part) for part in parts())

    def encode_observation(self, observation: Tensor) -> Tensor:
        """Raw window -> normalised, as the network sees it (batch, observed, visible)."""
        seen: Tensor = self.observation_normalizer.normalize(self.features.observe(observation))
        return seen

    def encode_action(self, observation: Tensor, action: Tensor) -> Tensor:
        """Raw chunk -> normalised; past actions that are not predicted are 0, the middle of their range."""
        encoded: Tensor = self.action_normalizer.normalize(self.features.encode_action(observation, action))
        return encoded if self.predicts is None else encoded * self.predicts

    def decode_action(self, observation: Tensor, action: Tensor) -> Tensor:
        """Normalised chunk -> raw; the inverse of `encode_action`."""
        return self.features.decode_action(observation, self.action_normalizer.denormalize(action))

    def encode_images(self, images: Mapping[str, Tensor], uniform: Tensor | None = None) -> Tensor | None:
        """Pictures by image (batch, observed, height, width, 3) -> features (batch, observed, size); None without any.

        Args:
            uniform: random numbers of `augmentation.random_numbers`, in training.
        """
        return None if self.encoder is None else self.encoder(images, uniform)

    def see(self, observation: Tensor, pictured: Tensor | None = None, history_noise: Tensor | None = None) -> Tensor:
        """What the network sees (batch, observed, observation_size): the values, then the pictures' features.

        Args:
            observation: normalised windows (batch, observed, visible).
            pictured: of `encode_images`, which the history bottleneck does not concern.
            history_noise: standard normal (batch, observed - 1, visible), for the history bottleneck, in training.
        """
        bottleneck = self.history_bottleneck
        values = observation if bottleneck is None else bottleneck(observation, history_noise)
        return values if pictured is None else torch.cat([values, pictured], dim=-1)

    def draw_history_noise(self, batch: int, generator: torch.Generator) -> Tensor:
        """For `see`, in training; of no step without a history bottleneck, so that other random numbers stay."""
        past = self.contract.horizon.observed - 1 if self.history_bottleneck is not None else 0
        return torch.randn(batch, past, self.features.observation_size, generator=generator)

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """What is exported and executed.

        Args:
            sampling_steps: of a policy that denoises.
        """
        raise NotImplementedError

    def compile_network(self) -> None:
        """By torch.compile, in place."""
        raise NotImplementedError
