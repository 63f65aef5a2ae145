"""The section `encoder` of a training configuration; imports core."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import require

NAMES = ("spatial_softmax", "resnet18")
AMOUNTS = ("brightness", "contrast", "saturation")


@dataclass(frozen=True)
class EncoderConfig:
    """The network that looks at pictures, and the augmentation of the pictures that it learns from.

    Attributes:
        name: one of NAMES.
        channels: of the convolutions of `spatial_softmax`; the first two halve width and height.
        groups: of the group normalisation.
        keypoints: places in the picture that `spatial_softmax` gives, or half of the values that `resnet18` gives.
        shared: one network for all cameras, rather than one for each.
        crop: share of a picture's height and width that is seen: at a random place in training, in the middle else.
        brightness, contrast, saturation: largest random change of each, as a share.
    """

    name: str = "spatial_softmax"
    channels: tuple[int, ...] = (16, 32, 32, 32)
    groups: int = 8
    keypoints: int = 32
    shared: bool = False
    crop: float = 0.92
    brightness: float = 0.1
    contrast: float = 0.1
    saturation: float = 0.1

    def __post_init__(self) -> None:
        if self.name not in NAMES:
            raise UnknownNameError("encoder.name", self.name, NAMES)
        require(self.groups >= 1, "encoder.groups", self.groups, "at least 1")
        ok = len(self.channels) >= 2 and all(c >= 1 and c % self.groups == 0 for c in self.channels)
        require(ok, "encoder.channels", list(self.channels), f"two or more multiples of encoder.groups={self.groups}")
        require(self.keypoints >= 1, "encoder.keypoints", self.keypoints, "at least 1")
        require(0 < self.crop <= 1, "encoder.crop", self.crop, "a share above 0, up to 1")
        for key in AMOUNTS:
            require(0 <= getattr(self, key) < 1, f"encoder.{key}", getattr(self, key), "a share from 0 to below 1")
