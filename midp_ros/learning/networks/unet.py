"""The default denoiser: a conditional 1-D U-Net over action chunks.

Imports core and torch.

After Chi et al. 2023 (section IV and appendix), with FiLM conditioning (Perez et al. 2018). The part of FiLM that
depends on the diffusion step and the part that depends on the observation are separate sums, so that an exported
sampler computes the first never and the second once.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.config import ModelConfig
from midp_ros.learning.denoiser import DenoiserShape
from midp_ros.learning.networks.step_embedding import sinusoids

STEP_FREQUENCIES = 32


class GroupNorm(nn.Module):
    """Group normalisation (Wu & He 2018), as a layer normalisation over each group: one fast kernel of onnxruntime."""

    def __init__(self, groups: int, channels: int):
        super().__init__()
        self.groups = groups
        self.weight = nn.Parameter(torch.ones(channels, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        channels, length = x.shape[1:]
        size = channels * length // self.groups
        normal = F.layer_norm(x.reshape(-1, self.groups, size), (size,)).reshape(-1, channels, length)
        return normal * self.weight + self.bias


class ConvBlock(nn.Module):
    """Convolution over time, then group normalisation."""

    def __init__(self, size_in: int, size_out: int, kernel: int, groups: int):
        super().__init__()
        self.conv = nn.Conv1d(size_in, size_out, kernel, padding=kernel // 2)
        self.norm = GroupNorm(groups, size_out)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.norm(self.conv(x)))


class ResidualBlock(nn.Module):
    """Two convolutions with FiLM between them: x -> conv -> (1 + scale) h + shift -> conv, plus a skip connection."""

    def __init__(self, size_in: int, size_out: int, kernel: int, groups: int):
        super().__init__()
        self.film_size = 2 * size_out
        self.first = ConvBlock(size_in, size_out, kernel, groups)
        self.second = ConvBlock(size_out, size_out, kernel, groups)
        self.skip = nn.Conv1d(size_in, size_out, 1) if size_in != size_out else nn.Identity()

    def forward(self, x: Tensor, film: Tensor) -> Tensor:
        scale, shift = film.unsqueeze(-1).chunk(2, dim=1)  # each (batch, size_out, 1)
        h = self.first(x) * (1 + scale) + shift
        return self.second(h) + self.skip(x)


class UNet(nn.Module):
    """A Denoiser whose channels halve time between levels.

    Args:
        shape: of chunks and windows; the predicted steps must be a multiple of 2^(levels - 1).
        config: `channels` per level, `kernel` of the convolutions [steps], `groups` of the group normalisation,
            `embedding` of step and observation.
    """

    def __init__(self, shape: DenoiserShape, config: ModelConfig):
        super().__init__()
        channels, kernel, groups, embedding = config.channels, config.kernel, config.groups, config.embedding
        action_size, condition_size = shape.action_size, shape.observed * shape.observation_size
        if shape.predicted % (shrinks_by := 2 ** (len(channels) - 1)):
            raise ConfigError(
                f"model.channels: {len(channels)} levels need a predicted horizon that is a multiple of "
                f"{shrinks_by}, the contract predicts {shape.predicted} steps"
            )
        pairs = list(zip([action_size, *channels[:-1]], channels, strict=True))
        block = [ResidualBlock(i, o, kernel, groups) for i, o in pairs]
        self.down = nn.ModuleList(block)
        self.shrink = nn.ModuleList(nn.Conv1d(c, c, 3, stride=2, padding=1) for c in channels[:-1])
        self.middle = ResidualBlock(channels[-1], channels[-1], kernel, groups)
        ups = list(zip(reversed(channels[1:]), reversed(channels[:-1]), strict=True))
        self.grow = nn.ModuleList(nn.ConvTranspose1d(i, o, 4, stride=2, padding=1) for i, o in ups)
        self.up = nn.ModuleList(ResidualBlock(2 * o, o, kernel, groups) for _, o in ups)
        self.out = nn.Sequential(
            ConvBlock(channels[0], channels[0], kernel, groups), nn.Conv1d(channels[0], action_size, 1)
        )
        self.film_sizes = [b.film_size for b in (*self.down, self.middle, *self.up)]
        self.step_encoder = nn.Sequential(nn.Linear(2 * STEP_FREQUENCIES, embedding), nn.SiLU())
        self.observation_encoder = nn.Sequential(
            nn.Linear(condition_size, embedding), nn.SiLU(), nn.Linear(embedding, embedding), nn.SiLU()
        )
        self.feature_size = embedding  # of the observation encoder's output
        self.step_to_film = nn.Linear(embedding, sum(self.film_sizes))
        self.observation_to_film = nn.Linear(embedding, sum(self.film_sizes), bias=False)

    def step_film(self, step: Tensor) -> Tensor:
        """The diffusion steps' (batch,) share of every block's scale and shift."""
        film: Tensor = self.step_to_film(self.step_encoder(sinusoids(step, 2 * STEP_FREQUENCIES)))
        return film

    def observation_features(self, observation: Tensor) -> Tensor:
        """Features (batch, feature_size) of the observations (batch, observed, size)."""
        features: Tensor = self.observation_encoder(observation.flatten(1))
        return features

    def features_film(self, features: Tensor) -> Tensor:
        """The observations' share of FiLM (batch, film size) from their features."""
        film: Tensor = self.observation_to_film(features)
        return film

    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        """Output for noisy chunks (batch, predicted, action_size) at noise steps (batch,), given the features."""
        return self.denoise(x, self.step_film(step) + self.features_film(features))

    def denoise(self, x: Tensor, film: Tensor) -> Tensor:
        """The same, given the sum of both films."""
        films = iter(film.split(self.film_sizes, dim=1))
        h = x.transpose(1, 2)  # (batch, action_size, predicted)
        skips = []
        for i, block in enumerate(self.down):
            h = block(h, next(films))
            if i < len(self.shrink):
                skips.append(h)
                h = self.shrink[i](h)
        h = self.middle(h, next(films))
        for grow, block in zip(self.grow, self.up, strict=True):
            h = block(torch.cat([grow(h), skips.pop()], dim=1), next(films))
        output: Tensor = self.out(h).transpose(1, 2)
        return output
