"""Group normalisation of pictures' maps (Wu & He 2018); imports torch only."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class GroupNorm2d(nn.Module):
    """As a layer normalisation over each group, which is one fast kernel of onnxruntime."""

    def __init__(self, groups: int, channels: int):
        super().__init__()
        self.groups = groups
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Maps (batch, channels, height, width), normalised."""
        channels, height, width = x.shape[1:]
        size = channels * height * width // self.groups
        normal = F.layer_norm(x.reshape(-1, self.groups, size), (size,)).reshape(-1, channels, height, width)
        return normal * self.weight + self.bias
