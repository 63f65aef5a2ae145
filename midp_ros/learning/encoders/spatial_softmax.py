"""A small convolutional network whose answer is places in the picture; imports torch.

After Levine et al. 2016 ("End-to-end training of deep visuomotor policies", section 5.1): a softmax over each map's
pixels, and the mean place under it. What a gripper needs to know is where things are, and a mean is finer than a pixel.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midp_ros.learning.encoders.encoder_config import EncoderConfig

# Times the maps, before the softmax: with the small values of new weights it would be flat, every place the middle and
# every gradient small. A dot's place was found after half as many steps with 3 as with 1, and no sooner with 10 or 30.
SHARPNESS = 3.0


class SpatialSoftmax(nn.Module):
    """From maps (batch, channels, height, width) to places (batch, 2 channels): rows, then columns, in [-1, 1]."""

    def __init__(self, height: int, width: int):
        super().__init__()
        self.register_buffer("rows", torch.linspace(-1, 1, height), persistent=False)
        self.register_buffer("columns", torch.linspace(-1, 1, width), persistent=False)

    rows: Tensor
    columns: Tensor

    def forward(self, maps: Tensor) -> Tensor:
        """The mean place under each map's softmax."""
        share = (SHARPNESS * maps).flatten(2).softmax(-1).reshape(maps.shape)
        return torch.cat([(share.sum(3) * self.rows).sum(-1), (share.sum(2) * self.columns).sum(-1)], dim=1)


class KeypointNetwork(nn.Module):
    """Convolutions, group normalisation, and the spatial softmax of as many maps as there are keypoints.

    Args:
        height, width: of the pictures [pixels].
    """

    def __init__(self, height: int, width: int, config: EncoderConfig):
        super().__init__()
        channels = (3, *config.channels)
        self.convolutions, self.norms = nn.ModuleList(), nn.ModuleList()
        for i, (size_in, size_out) in enumerate(zip(channels, channels[1:], strict=False)):
            kernel, stride = (5 if i == 0 else 3), (2 if i < 2 else 1)
            self.convolutions.append(nn.Conv2d(size_in, size_out, kernel, stride, padding=kernel // 2))
            self.norms.append(nn.GroupNorm(config.groups, size_out))
        self.maps = nn.Conv2d(channels[-1], config.keypoints, 1)
        with torch.no_grad():
            shape = self._maps(torch.zeros(1, 3, height, width)).shape
        self.places = SpatialSoftmax(*shape[2:])
        self.feature_size = 2 * config.keypoints

    def forward(self, pictures: Tensor) -> Tensor:
        """Features (batch, feature_size) of pictures (batch, 3, height, width) in [-1, 1]."""
        places: Tensor = self.places(self._maps(pictures))
        return places

    def _maps(self, x: Tensor) -> Tensor:
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = F.relu(norm(convolution(x)))
        maps: Tensor = self.maps(x)
        return maps
