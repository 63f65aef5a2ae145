"""A residual network of 18 layers (He et al. 2016) with group normalisation, as in Chi et al. 2023; imports torch."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from midp_ros.learning.encoders.encoder_config import EncoderConfig

STAGES = (64, 128, 256, 512)
CHANNELS_PER_GROUP = 16  # as Chi et al. 2023


class Block(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, size_in: int, size_out: int, stride: int):
        super().__init__()
        groups = size_out // CHANNELS_PER_GROUP
        self.first = nn.Conv2d(size_in, size_out, 3, stride, padding=1, bias=False)
        self.first_norm = nn.GroupNorm(groups, size_out)
        self.second = nn.Conv2d(size_out, size_out, 3, padding=1, bias=False)
        self.second_norm = nn.GroupNorm(groups, size_out)
        same = size_in == size_out and stride == 1
        around = [nn.Conv2d(size_in, size_out, 1, stride, bias=False), nn.GroupNorm(groups, size_out)]
        self.around = nn.Identity() if same else nn.Sequential(*around)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.first_norm(self.first(x)))
        return F.relu(self.second_norm(self.second(h)) + self.around(x))


class ResNet18(nn.Module):
    """From pictures (batch, 3, height, width) in [-1, 1] to features (batch, feature_size)."""

    unread = "encoder.channels", "encoder.groups"

    def __init__(self, height: int, width: int, config: EncoderConfig):
        super().__init__()
        first = STAGES[0]
        self.stem = nn.Conv2d(3, first, 7, 2, padding=3, bias=False)
        self.stem_norm = nn.GroupNorm(first // CHANNELS_PER_GROUP, first)
        blocks, size_in = [], first
        for number, size in enumerate(STAGES):
            blocks += [Block(size_in, size, 2 if number else 1), Block(size, size, 1)]
            size_in = size
        self.blocks = nn.Sequential(*blocks)
        self.feature_size = 2 * config.keypoints
        self.out = nn.Linear(STAGES[-1], self.feature_size)

    def forward(self, pictures: Tensor) -> Tensor:
        """The features."""
        x = F.max_pool2d(F.relu(self.stem_norm(self.stem(pictures))), 3, 2, padding=1)
        features: Tensor = self.out(self.blocks(x).mean((2, 3)))
        return features
