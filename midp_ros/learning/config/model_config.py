"""The denoiser's configuration; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from midp_ros.core.plain_data import require


@dataclass(frozen=True)
class ModelConfig:
    """The denoiser, its size, and the normaliser's floor.

    Attributes:
        name: of a denoiser that `midp list denoisers` shows.
        channels, kernel, groups, embedding: of the U-Net.
        options: of another package's denoiser.
    """

    name: str = "unet"
    channels: tuple[int, ...] = (32, 64, 128)
    kernel: int = 5
    groups: int = 8
    embedding: int = 128
    floor: float = 0.01
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ok = len(self.channels) >= 1 and all(c >= 1 and c % self.groups == 0 for c in self.channels)
        require(self.groups >= 1, "model.groups", self.groups, "at least 1")
        require(ok, "model.channels", list(self.channels), f"one or more multiples of model.groups={self.groups}")
        require(self.kernel >= 1 and self.kernel % 2 == 1, "model.kernel", self.kernel, "an odd number of steps")
        require(self.embedding >= 1, "model.embedding", self.embedding, "at least 1")
        require(self.floor > 0, "model.floor", self.floor, "more than 0")
        ok = not self.options or self.name != ModelConfig.name
        require(ok, "model.options", self.options, f"none for {self.name!r}, whose keys are those of `model`")
