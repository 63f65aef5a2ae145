"""The diffusion policy, and what it learns from a batch; imports core and torch.

Sources: Ho et al. 2020 (noise prediction), Chi et al. 2023 (action chunks).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

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
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.neighbours.feature_bottleneck import FeatureBottleneck
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


class DiffusionPolicy(LearnedPolicy):
    """A LearnedPolicy with a noise schedule and a denoiser."""

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
        super().__init__(contract, model.floor, bottleneck, encoder, scene_frame, past_prediction)
        self.diffusion = diffusion
        self.schedule = SCHEDULES[diffusion.method](diffusion.steps)
        horizon = contract.horizon
        shape = DenoiserShape(horizon.predicted, contract.action_size, horizon.observed, self.observation_size)
        self.denoiser = build_denoiser(shape, model)
        limited = feature_bottleneck is not None and feature_bottleneck.weight > 0
        self.feature_bottleneck = FeatureBottleneck(self.denoiser.feature_size) if limited else None

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

    def observation_features(self, observation: Tensor, pictured: Tensor | None = None) -> Tensor:
        """Features (batch, feature_size) of normalised windows that have passed the history bottleneck.

        Args:
            pictured: of `encode_images`.
        """
        features: Tensor = self.denoiser.observation_features(self.see(observation, pictured))
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
            step: diffusion steps (batch,), or several for each chunk (draws batch,), one chunk's after the other.
            noise: standard normal, as `action`, one for each step.
            history_noise: standard normal (batch, observed - 1, visible), for the history bottleneck.
            pictured: of `encode_images`, which the history bottleneck does not concern.
            feature_noise: standard normal (batch, feature_size), for the feature bottleneck.
        """
        schedule, draws = self.schedule, len(step) // len(action)
        features = self.denoiser.observation_features(self.see(observation, pictured, history_noise))
        information = None
        if self.feature_bottleneck is not None:
            noise_of_features = torch.zeros_like(features) if feature_noise is None else feature_noise
            features, information = self.feature_bottleneck.draw(features, noise_of_features)
        if draws > 1:
            observation, action, features = (x.repeat_interleave(draws, 0) for x in (observation, action, features))
        noisy = schedule.q_sample(action, step, noise)
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

    def compile_network(self) -> None:
        """The denoiser."""
        self.denoiser.compile()
