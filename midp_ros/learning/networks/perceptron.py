"""A small denoiser that trains in seconds on one core: a residual perceptron; imports core and torch.

It takes a quarter of the U-Net's time a step. It is made for comparing demonstrations, where many policies are trained.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.config import ModelConfig
from midp_ros.learning.denoiser import DenoiserShape
from midp_ros.learning.networks.step_embedding import sinusoids

STEP_FREQUENCIES = 32


class Perceptron(nn.Module):
    """A Denoiser: sums of the embedded chunk, noise step and observation, then residual layers.

    Args:
        shape: of chunks and windows.
        config: `channels`, the layers' widths, which are all the same.
    """

    unread = "model.kernel", "model.groups", "model.embedding", "model.options"

    def __init__(self, shape: DenoiserShape, config: ModelConfig):
        super().__init__()
        width = config.channels[0]
        if set(config.channels) != {width}:
            raise ConfigError(f"model.channels: got {list(config.channels)}, a perceptron's are all the same")
        self.chunk = shape.predicted, shape.action_size
        size = shape.predicted * shape.action_size
        self.feature_size = width
        self.observation = nn.Sequential(
            nn.Linear(shape.observed * shape.observation_size, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.step = nn.Linear(2 * STEP_FREQUENCIES, width)
        self.first = nn.Linear(size, width)
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in config.channels[1:])
        self.last = nn.Linear(width, size)

    def observation_features(self, observation: Tensor) -> Tensor:
        """Features (batch, feature_size) of windows (batch, observed, observation_size)."""
        features: Tensor = self.observation(observation.flatten(1))
        return features

    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        """Output for noisy chunks (batch, predicted, action_size) at noise steps (batch,)."""
        h = self.first(x.flatten(1)) + self.step(sinusoids(step, 2 * STEP_FREQUENCIES)) + features
        h = F.silu(h)
        for layer in self.layers:
            h = h + F.silu(layer(h))
        output: Tensor = self.last(h)
        return output.reshape(-1, *self.chunk)
