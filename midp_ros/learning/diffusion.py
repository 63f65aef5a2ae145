"""The diffusion policy, and what it learns from a batch; imports core and torch.

Sources: Ho et al. 2020 (noise prediction), Chi et al. 2023 (action chunks).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require
from midp_ros.learning.config import (
    DiffusionConfig,
    FeatureBottleneckConfig,
    HistoryBottleneckConfig,
    ModelConfig,
    TrainConfig,
)
from midp_ros.learning.denoiser import DenoiserShape, build_denoiser
from midp_ros.learning.encoders.encoder_config import EncoderConfig
from midp_ros.learning.encoders.image_encoder import ImageEncoder
from midp_ros.learning.features import Features
from midp_ros.learning.history_bottleneck import HistoryBottleneck
from midp_ros.learning.neighbours.feature_bottleneck import FeatureBottleneck
from midp_ros.learning.normalizer import MinMaxNormalizer
from midp_ros.learning.schedules import SCHEDULES


@dataclass(frozen=True)
class DenoisingStep:
    """All that a training step of the policy has at hand: normalised and (batch, ...); the error is a scalar.

    `next_action`, the demonstrated chunk that was executed after this one, is there where the regulariser relates it,
    `feature_information`, a scalar [nat], where there is a bottleneck on the features.
    """

    step: Tensor
    observation: Tensor
    observation_features: Tensor
    demonstrated_action: Tensor
    noise: Tensor
    noisy_action: Tensor
    predicted_noise: Tensor
    denoised_action: Tensor
    error: Tensor
    next_action: Tensor | None = None
    feature_information: Tensor | None = None


class DiffusionPolicy(nn.Module):
    """Features, normalisers, noise schedule and denoiser of one skill, its history bottleneck and its image encoder."""

    def __init__(
        self,
        contract: Contract,
        model: ModelConfig,
        diffusion: DiffusionConfig,
        bottleneck: HistoryBottleneckConfig | None = None,
        encoder: EncoderConfig | None = None,
        scene_frame: str | None = None,
        feature_bottleneck: FeatureBottleneckConfig | None = None,
        past_prediction: bool = True,
    ):
        super().__init__()
        self.contract, self.diffusion = contract, diffusion
        self.features = Features(contract, scene_frame)
        self.observation_normalizer = MinMaxNormalizer((self.features.observation_size,), model.floor)
        chunk = (contract.horizon.predicted, contract.action_size)
        self.action_normalizer = MinMaxNormalizer(chunk, model.floor)
        past = contract.horizon.observed - 1
        limited = bottleneck is not None and bottleneck.weight > 0 and past > 0
        size, differences = self.features.observation_size, bottleneck is not None and bottleneck.differences
        self.history_bottleneck = HistoryBottleneck(past, size, differences) if limited else None
        self.schedule = SCHEDULES[diffusion.method](diffusion.steps)
        require(encoder is None or bool(contract.images), "encoder", encoder, "none: the contract has no images")
        self.encoder = ImageEncoder(contract.images, encoder or EncoderConfig()) if contract.images else None
        pictured = self.encoder.feature_size if self.encoder else 0
        shape = DenoiserShape(*chunk, contract.horizon.observed, self.features.observation_size + pictured)
        self.denoiser = build_denoiser(shape, model)
        limited = feature_bottleneck is not None and feature_bottleneck.weight > 0
        self.feature_bottleneck = FeatureBottleneck(self.denoiser.feature_size) if limited else None
        predicts = torch.arange(chunk[0]) >= contract.first_executed
        self.register_buffer("predicts", None if past_prediction else predicts[:, None].float(), persistent=False)

    predicts: Tensor | None

    @classmethod
    def of(cls, contract: Contract, config: TrainConfig) -> DiffusionPolicy:
        """The policy that a training configuration describes, with new weights."""
        seen, wanted = contract.horizon.observed, config.context.observed
        require(wanted in (None, seen), "context.observed", wanted, f"{seen}, as the windows were cut")
        limits = config.history_bottleneck
        return cls(
            contract,
            config.model,
            config.diffusion,
            limits,
            config.encoder,
            config.scene_frame,
            config.feature_bottleneck,
            config.context.past_prediction,
        )

    @property
    def device(self) -> torch.device:
        """Where its weights are."""
        return self.action_normalizer.center.device

    @property
    def parameter_count(self) -> int:
        """Learned parameters."""
        return sum(p.numel() for p in self.parameters())

    def fit_normalizers(self, observation: Tensor, action: Tensor) -> None:
        """Takes the ranges from raw windows (n, observed, observation_size) and chunks (n, predicted, action_size)."""
        self.fit_normalizers_in_parts(lambda: iter([(observation, action)]))

    def fit_normalizers_in_parts(self, parts: Callable[[], Iterator[tuple[Tensor, Tensor]]]) -> None:
        """The same from windows and chunks that come in parts, each time anew."""
        self.observation_normalizer.fit_parts(self.features.observe(observation) for observation, _ in parts())
        if self.history_bottleneck is not None:
            self.history_bottleneck.fit(torch.cat([self.encode_observation(observation) for observation, _ in parts()]))
        self.action_normalizer.fit_parts(self.features.encode_action(*part) for part in parts())

    def encode_observation(self, observation: Tensor) -> Tensor:
        """Raw window -> normalised, as the denoiser sees it (batch, observed, visible)."""
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

    def observation_features(self, observation: Tensor, pictured: Tensor | None = None) -> Tensor:
        """Features (batch, feature_size) of normalised windows that have passed the history bottleneck.

        Args:
            pictured: of `encode_images`.
        """
        features: Tensor = self.denoiser.observation_features(self._seen(observation, pictured))
        return features if self.feature_bottleneck is None else self.feature_bottleneck(features)

    def denoising_step(
        self,
        observation: Tensor,
        action: Tensor,
        step: Tensor,
        noise: Tensor,
        history_noise: Tensor | None = None,
        pictured: Tensor | None = None,
        feature_noise: Tensor | None = None,
    ) -> DenoisingStep:
        """Adds noise to normalised chunks and predicts it.

        The error is the mean of |eps - eps_theta|^2 with the weighting `noise` (Ho et al. 2020, equation 14), and the
        squared error of the network's output itself with `velocity` (Salimans & Ho 2022; Lipman et al. 2023).

        Args:
            observation: normalised windows (batch, observed, visible).
            action: normalised chunks (batch, predicted, action_size).
            step: diffusion steps (batch,).
            noise: standard normal, as `action`.
            history_noise: standard normal (batch, observed - 1, visible), for the history bottleneck.
            pictured: of `encode_images`, which the history bottleneck does not concern.
            feature_noise: standard normal (batch, feature_size), for the feature bottleneck.
        """
        schedule = self.schedule
        noisy = schedule.q_sample(action, step, noise)
        features = self.denoiser.observation_features(self._seen(observation, pictured, history_noise))
        information = None
        if self.feature_bottleneck is not None:
            noise_of_features = torch.zeros_like(features) if feature_noise is None else feature_noise
            features, information = self.feature_bottleneck.draw(features, noise_of_features)
        output = self.denoiser(noisy, step, features)
        signal_t, noise_t = schedule.signal[step, None, None], schedule.noise[step, None, None]
        denoised, predicted = schedule.estimate(noisy, output, signal_t, noise_t)
        if self.diffusion.clip_sample:
            denoised = denoised.clamp(-1.0, 1.0)
        if self.diffusion.weighting == "velocity":
            error = (output - schedule.target(action, noise, signal_t, noise_t)).square().mean()
        else:
            error = (predicted - noise).square().mean()
        return DenoisingStep(
            step, observation, features, action, noise, noisy, predicted, denoised, error,
            feature_information=information,
        )  # fmt: skip

    def _seen(self, observation: Tensor, pictured: Tensor | None, history_noise: Tensor | None = None) -> Tensor:
        """What the denoiser sees (batch, observed, size): the values, then the pictures' features."""
        bottleneck = self.history_bottleneck
        values = observation if bottleneck is None else bottleneck(observation, history_noise)
        return values if pictured is None else torch.cat([values, pictured], dim=-1)
