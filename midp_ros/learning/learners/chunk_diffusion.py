"""A diffusion model of demonstrated chunks, which says how far another chunk is from them; imports core and torch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from midp_ros.learning.config import DiffusionConfig, ModelConfig
from midp_ros.learning.denoiser import DenoiserShape, build_denoiser
from midp_ros.learning.schedules import SCHEDULES


class ChunkDiffusion(nn.Module):
    """p(chunk | window), by the noise schedule and the denoiser that a training configuration describes.

    The loss of a chunk x at a noise step is the squared error of the denoiser's output for x_t = signal_t x + noise_t
    eps. With D the mean of demonstrated chunks given x_t, which is what a denoiser tends to, it is, with the weighting
    `velocity` and in the mean over eps, |x - D(x_t)|^2 / noise_t^2, and with `noise` signal_t^2 times as much: how far
    from x the demonstrations lead what set out from x (docs/learners.md).
    """

    def __init__(self, shape: DenoiserShape, model: ModelConfig, diffusion: DiffusionConfig):
        super().__init__()
        self.schedule = SCHEDULES[diffusion.method](diffusion.steps)
        self.denoiser = build_denoiser(shape, model)
        self.weighting = diffusion.weighting

    def features(self, seen: Tensor) -> Tensor:
        """Features (batch, feature_size) of windows (batch, observed, observation_size)."""
        features: Tensor = self.denoiser.observation_features(seen)
        return features

    def errors(self, chunk: Tensor, step: Tensor, noise: Tensor, features: Tensor, frozen: bool = False) -> Tensor:
        """The loss of each normalised chunk (batch,), a mean over its values.

        Args:
            chunk: (batch, predicted, action_size).
            step: noise steps (batch,).
            noise: standard normal, as `chunk`.
            frozen: the gradient reaches the chunk alone, and not the denoiser's weights.
        """
        noisy = self.schedule.q_sample(chunk, step, noise)
        if frozen:
            weights = {name: value.detach() for name, value in self.denoiser.named_parameters()}
            output = torch.func.functional_call(self.denoiser, weights, (noisy, step, features.detach()))
        else:
            output = self.denoiser(noisy, step, features)
        signal_t, noise_t = self.schedule.signal[step, None, None], self.schedule.noise[step, None, None]
        if self.weighting == "velocity":
            difference = output - self.schedule.target(chunk, noise, signal_t, noise_t)
        else:
            difference = self.schedule.estimate(noisy, output, signal_t, noise_t)[1] - noise
        return difference.square().flatten(1).mean(1)
