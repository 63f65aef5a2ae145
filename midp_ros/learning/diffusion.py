"""The diffusion policy: what it learns from a batch, and how it samples; imports core and torch.

Sources: Ho et al. 2020 (noise prediction), Chi et al. 2023 (action chunks), Song et al. 2021 (DDIM, eta = 0).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.learning.config import ConfigError, DiffusionConfig, ModelConfig
from midp_ros.learning.denoiser import Denoiser
from midp_ros.learning.features import Features
from midp_ros.learning.normalizer import MinMaxNormalizer
from midp_ros.learning.schedule import NoiseSchedule


@dataclass(frozen=True)
class DenoisingStep:
    """All that a training step of the policy has at hand: normalised and (batch, ...); the error is a scalar."""

    step: Tensor
    observation: Tensor
    demonstrated_action: Tensor
    noise: Tensor
    noisy_action: Tensor
    predicted_noise: Tensor
    denoised_action: Tensor
    error: Tensor


class DiffusionPolicy(nn.Module):
    """Features, normalisers, noise schedule and denoiser of one skill."""

    def __init__(self, contract: Contract, model: ModelConfig, diffusion: DiffusionConfig):
        super().__init__()
        self.contract, self.diffusion = contract, diffusion
        self.features = Features(contract)
        self.observation_normalizer = MinMaxNormalizer((self.features.observation_size,), model.floor)
        chunk = (contract.horizon.predicted, contract.action_size)
        self.action_normalizer = MinMaxNormalizer(chunk, model.floor)
        self.schedule = NoiseSchedule(diffusion.steps)
        self.denoiser = Denoiser(
            contract.action_size,
            contract.horizon.observed * self.features.observation_size,
            model.channels,
            model.kernel,
            model.groups,
            model.embedding,
        )
        if contract.horizon.predicted % self.denoiser.shrinks_by:
            raise ConfigError(
                f"model.channels: {len(model.channels)} levels need a predicted horizon that is a multiple of "
                f"{self.denoiser.shrinks_by}, the contract predicts {contract.horizon.predicted} steps"
            )

    @property
    def parameter_count(self) -> int:
        """Learned parameters."""
        return sum(p.numel() for p in self.parameters())

    def fit_normalizers(self, observation: Tensor, action: Tensor) -> None:
        """Takes the ranges from raw windows (n, observed, observation_size) and chunks (n, predicted, action_size)."""
        self.observation_normalizer.fit(self.features.observe(observation))
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

    def denoising_step(self, observation: Tensor, action: Tensor, step: Tensor, noise: Tensor) -> DenoisingStep:
        """Adds noise to normalised chunks and predicts it.

        The error is the mean of w_t |eps - eps_theta|^2: w_t = 1 with the weighting `noise` (Ho et al. 2020, equation
        14), 1 / signal_t^2 with `velocity`, which is the plain error of the network's output (Salimans & Ho 2022).

        Args:
            observation: normalised windows (batch, observed, visible).
            action: normalised chunks (batch, predicted, action_size).
            step: diffusion steps (batch,).
            noise: standard normal, as `action`.
        """
        noisy = self.schedule.q_sample(action, step, noise)
        film = self.denoiser.step_film(step) + self.denoiser.observation_film(observation)
        signal, spread = self.schedule.signal[step, None, None], self.schedule.noise[step, None, None]
        predicted = self.schedule.noise_from_output(noisy, self.denoiser(noisy, film), signal, spread)
        denoised = self.schedule.denoise(noisy, step, predicted)
        if self.diffusion.clip_sample:
            denoised = denoised.clamp(-1.0, 1.0)
        difference = predicted - noise
        if self.diffusion.weighting == "velocity":
            difference = difference / signal
        error = difference.square().mean()
        return DenoisingStep(step, observation, action, noise, noisy, predicted, denoised, error)


class Sampler(nn.Module):
    """From raw observations and noise to raw actions: the whole DDIM loop as one function without randomness.

    The diffusion steps' embeddings are computed here once, so build it when the policy's weights are final.
    """

    def __init__(self, policy: DiffusionPolicy, sampling_steps: int | None = None):
        super().__init__()
        self.policy = policy
        self.clip = policy.diffusion.clip_sample
        self.steps = policy.schedule.ddim_steps(sampling_steps or policy.diffusion.sampling_steps)
        with torch.no_grad():
            self.register_buffer("step_films", policy.denoiser.step_film(torch.tensor(self.steps)))

    step_films: Tensor

    def forward(self, observation: Tensor, noise: Tensor) -> Tensor:
        """Actions (batch, predicted, action_size) in raw, absolute units.

        Args:
            observation: (batch, observed, observation_size), raw, whole vectors.
            noise: (batch, predicted, action_size), standard normal.
        """
        x, film = noise, self.condition(observation)
        for i in range(len(self.steps)):
            x = self.denoise(i, x, film)
        return self.policy.decode_action(observation, x)

    def condition(self, observation: Tensor) -> Tensor:
        """The observations' share of the denoiser's FiLM (batch, film size)."""
        return self.policy.denoiser.observation_film(self.policy.encode_observation(observation))

    def denoise(self, i: int, x: Tensor, film: Tensor) -> Tensor:
        """The i-th denoising step: noisier chunk -> cleaner chunk."""
        schedule, now, after = self.policy.schedule, self.steps[i], self.after(i)
        output = self.policy.denoiser(x, film + self.step_films[i])
        predicted = schedule.noise_from_output(x, output, *schedule.levels(now))
        return schedule.ddim_step(x, predicted, now, after, self.clip)

    def after(self, i: int) -> int:
        """The diffusion step that the i-th denoising step leads to; -1: clean."""
        return self.steps[i + 1] if i + 1 < len(self.steps) else -1
