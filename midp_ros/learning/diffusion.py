"""The diffusion policy, and what it learns from a batch; imports core and torch.

Sources: Ho et al. 2020 (noise prediction), Chi et al. 2023 (action chunks).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.learning.config import DiffusionConfig, HistoryBottleneckConfig, ModelConfig, TrainConfig
from midp_ros.learning.cosine_schedule import CosineSchedule
from midp_ros.learning.denoiser import DenoiserShape, build_denoiser
from midp_ros.learning.features import Features
from midp_ros.learning.flow_schedule import FlowSchedule
from midp_ros.learning.history_bottleneck import HistoryBottleneck
from midp_ros.learning.normalizer import MinMaxNormalizer
from midp_ros.learning.regression_schedule import RegressionSchedule
from midp_ros.learning.schedule import NoiseSchedule

SCHEDULES: dict[str, Callable[[int], NoiseSchedule]] = {
    "diffusion": CosineSchedule,
    "flow": FlowSchedule,
    "regression": RegressionSchedule,
}


@dataclass(frozen=True)
class DenoisingStep:
    """All that a training step of the policy has at hand: normalised and (batch, ...); the error is a scalar.

    `next_action`, the demonstrated chunk that was executed after this one, is there where the regulariser relates it.
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


class DiffusionPolicy(nn.Module):
    """Features, normalisers, noise schedule and denoiser of one skill, and the history bottleneck where it has one."""

    def __init__(
        self,
        contract: Contract,
        model: ModelConfig,
        diffusion: DiffusionConfig,
        bottleneck: HistoryBottleneckConfig | None = None,
    ):
        super().__init__()
        self.contract, self.diffusion = contract, diffusion
        self.features = Features(contract)
        self.observation_normalizer = MinMaxNormalizer((self.features.observation_size,), model.floor)
        chunk = (contract.horizon.predicted, contract.action_size)
        self.action_normalizer = MinMaxNormalizer(chunk, model.floor)
        past = contract.horizon.observed - 1
        limited = bottleneck is not None and bottleneck.weight > 0 and past > 0
        self.history_bottleneck = HistoryBottleneck(past, self.features.observation_size) if limited else None
        self.schedule = SCHEDULES[diffusion.method](diffusion.steps)
        shape = DenoiserShape(*chunk, contract.horizon.observed, self.features.observation_size)
        self.denoiser = build_denoiser(shape, model)

    @classmethod
    def of(cls, contract: Contract, config: TrainConfig) -> DiffusionPolicy:
        """The policy that a training configuration describes, with new weights."""
        return cls(contract, config.model, config.diffusion, config.history_bottleneck)

    @property
    def parameter_count(self) -> int:
        """Learned parameters."""
        return sum(p.numel() for p in self.parameters())

    def fit_normalizers(self, observation: Tensor, action: Tensor) -> None:
        """Takes the ranges from raw windows (n, observed, observation_size) and chunks (n, predicted, action_size)."""
        self.observation_normalizer.fit(self.features.observe(observation))
        if self.history_bottleneck is not None:
            self.history_bottleneck.fit(self.encode_observation(observation))
        self.action_normalizer.fit(self.features.encode_action(observation, action))

    def encode_observation(self, observation: Tensor) -> Tensor:
        """Raw window -> normalised, as the denoiser sees it (batch, observed, visible)."""
        seen: Tensor = self.observation_normalizer.normalize(self.features.observe(observation))
        return seen

    def encode_action(self, observation: Tensor, action: Tensor) -> Tensor:
        """Raw chunk -> normalised."""
        return self.action_normalizer.normalize(self.features.encode_action(observation, action))

    def decode_action(self, observation: Tensor, action: Tensor) -> Tensor:
        """Normalised chunk -> raw; the inverse of `encode_action`."""
        return self.features.decode_action(observation, self.action_normalizer.denormalize(action))

    def observation_features(self, observation: Tensor) -> Tensor:
        """Features (batch, feature_size) of normalised windows that have passed the history bottleneck."""
        features: Tensor = self.denoiser.observation_features(self._seen(observation))
        return features

    def denoising_step(
        self,
        observation: Tensor,
        action: Tensor,
        step: Tensor,
        noise: Tensor,
        history_noise: Tensor | None = None,
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
        """
        schedule = self.schedule
        noisy = schedule.q_sample(action, step, noise)
        features = self.denoiser.observation_features(self._seen(observation, history_noise))
        output = self.denoiser(noisy, step, features)
        signal_t, noise_t = schedule.signal[step, None, None], schedule.noise[step, None, None]
        denoised, predicted = schedule.estimate(noisy, output, signal_t, noise_t)
        if self.diffusion.clip_sample:
            denoised = denoised.clamp(-1.0, 1.0)
        if self.diffusion.weighting == "velocity":
            error = (output - schedule.target(action, noise, signal_t, noise_t)).square().mean()
        else:
            error = (predicted - noise).square().mean()
        return DenoisingStep(step, observation, features, action, noise, noisy, predicted, denoised, error)

    def _seen(self, observation: Tensor, history_noise: Tensor | None = None) -> Tensor:
        bottleneck = self.history_bottleneck
        return observation if bottleneck is None else bottleneck(observation, history_noise)
