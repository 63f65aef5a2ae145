"""A transformer over the chunk's steps that looks at each observation of the window; imports core and torch.

After Chi et al. 2023 (Diffusion Policy, section IV.A): a decoder whose tokens are the noisy actions, with causal
attention among them and attention to one token for the noise step and one for each observed step. Smaller, and without
dropout: the moving average of the weights does its work here.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from midp_ros.core.plain_data import build, require
from midp_ros.learning.config import ModelConfig
from midp_ros.learning.denoiser import DenoiserShape
from midp_ros.learning.networks.step_embedding import sinusoids

WEIGHT_DEVIATION = 0.02  # of the places' first values, Chi et al.'s code as GPT-2's


@dataclass(frozen=True)
class TransformerOptions:
    """Keys below `model.options`.

    Attributes:
        width: of every token, a multiple of `heads`.
        layers, heads: of the decoder.
    """

    width: int = 128
    layers: int = 4
    heads: int = 4

    def __post_init__(self) -> None:
        for key in ("layers", "heads"):
            require(getattr(self, key) >= 1, f"model.options.{key}", getattr(self, key), "at least 1")
        ok = self.width >= self.heads and self.width % self.heads == 0 and self.width % 2 == 0
        require(ok, "model.options.width", self.width, f"an even multiple of model.options.heads={self.heads}")


class Transformer(nn.Module):
    """A Denoiser.

    Args:
        shape: of chunks and windows.
        config: its `options` are TransformerOptions.
    """

    unread = "model.channels", "model.kernel", "model.groups", "model.embedding"

    def __init__(self, shape: DenoiserShape, config: ModelConfig):
        super().__init__()
        options = build(TransformerOptions, config.options, "options", path="model.options")
        width = options.width
        self.observed, self.width, self.feature_size = shape.observed, width, shape.observed * width
        self.observation = nn.Sequential(
            nn.Linear(shape.observation_size, 2 * width), nn.SiLU(), nn.Linear(2 * width, width)
        )
        self.step, self.action = nn.Linear(width, width), nn.Linear(shape.action_size, width)
        self.place = nn.Parameter(WEIGHT_DEVIATION * torch.randn(shape.predicted, width))
        self.seen_place = nn.Parameter(WEIGHT_DEVIATION * torch.randn(1 + shape.observed, width))
        layer = nn.TransformerDecoderLayer(
            width, options.heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.decoder = nn.TransformerDecoder(layer, options.layers, norm=nn.LayerNorm(width))
        self.out = nn.Linear(width, shape.action_size)
        ahead = torch.full((shape.predicted, shape.predicted), float("-inf")).triu(1)
        self.register_buffer("ahead", ahead, persistent=False)

    def observation_features(self, observation: Tensor) -> Tensor:
        """Features (batch, observed * width) of windows (batch, observed, observation_size): a token each."""
        features: Tensor = self.observation(observation).flatten(1)
        return features

    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        """Output for noisy chunks (batch, predicted, action_size) at noise steps (batch,)."""
        time = self.step(sinusoids(step, self.width))[:, None]
        seen = torch.cat([time, features.reshape(-1, self.observed, self.width)], dim=1) + self.seen_place
        decoded = self.decoder(self.action(x) + self.place, seen, tgt_mask=self.ahead, tgt_is_causal=True)
        output: Tensor = self.out(decoded)
        return output
