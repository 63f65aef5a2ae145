"""The encoder of all cameras: pictures of a window in, features of each of its observations out.

Imports core and torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from midp_ros.core.contract import ImageEntry
from midp_ros.core.plain_data import require
from midp_ros.learning.encoders.augmentation import crop_size, cropped, recoloured
from midp_ros.learning.encoders.encoder_config import EncoderConfig
from midp_ros.learning.encoders.resnet import ResNet18
from midp_ros.learning.encoders.spatial_softmax import KeypointNetwork

HALF = 127.5  # of the range of a pixel
ENCODERS: dict[str, Callable[[int, int, EncoderConfig], nn.Module]] = {
    "spatial_softmax": KeypointNetwork,
    "resnet18": ResNet18,
}


class ImageEncoder(nn.Module):
    """One network per camera, or one for all of them.

    Args:
        images: the contract's.

    Attributes:
        feature_size: values per observation, of all cameras together.
    """

    def __init__(self, images: Sequence[ImageEntry], config: EncoderConfig):
        super().__init__()
        self.names, self.config = tuple(image.name for image in images), config
        self.sizes = [crop_size(image.shape[0], image.shape[1], config.crop) for image in images]
        if config.shared:
            require(len(set(self.sizes)) == 1, "encoder.shared", True, "false for cameras of different sizes")
        make = ENCODERS[config.name]
        self.networks = nn.ModuleList(make(*size, config) for size in (self.sizes[:1] if config.shared else self.sizes))
        self.feature_size = len(images) * int(self.networks[0].feature_size)  # type: ignore[arg-type]

    def forward(self, images: Mapping[str, Tensor], uniform: Tensor | None = None) -> Tensor:
        """Features (batch, observed, feature_size) of windows.

        Args:
            images: (batch, observed, height, width, 3) uint8 by name.
            uniform: (batch, cameras, NUMBERS) of `augmentation.random_numbers`, in training.
        """
        return torch.cat([self._of_camera(i, images[name], uniform) for i, name in enumerate(self.names)], dim=-1)

    def _of_camera(self, number: int, pictures: Tensor, uniform: Tensor | None) -> Tensor:
        own = None if uniform is None else uniform[:, number]
        seen = cropped(pictures, self.sizes[number], own).float() / HALF - 1
        if own is not None:
            seen = recoloured(seen, self.config, own)
        network = self.networks[0 if self.config.shared else number]
        flat = seen.flatten(0, 1).permute(0, 3, 1, 2)  # (batch * observed, 3, height, width)
        features: Tensor = network(flat)
        return features.reshape(-1, pictures.shape[1], features.shape[-1])
