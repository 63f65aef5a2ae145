"""Min-max normalisation to [-1, 1]; imports torch only."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class MinMaxNormalizer(nn.Module):
    """Maps each dimension's range in the data to [-1, 1], as Chi et al. 2023, appendix A.

    With shape (steps, size), each step of a chunk has ranges of its own: offsets from the newest observation grow along
    the chunk, and one range for all would leave the first actions, those executed, a few hundredths of it.

    A dimension whose half range is below `floor` [its unit] is divided by the floor instead: what hardly varies in the
    demonstrations must not become large when the robot leaves them by a millimetre.
    """

    def __init__(self, shape: tuple[int, ...], floor: float):
        super().__init__()
        self.floor = floor
        self.register_buffer("center", torch.zeros(shape))
        self.register_buffer("half_range", torch.ones(shape))

    center: Tensor
    half_range: Tensor

    @torch.no_grad()
    def fit(self, values: Tensor) -> None:
        """Takes the ranges from values (..., *shape)."""
        self.fit_parts([values])

    @torch.no_grad()
    def fit_parts(self, parts: Iterable[Tensor]) -> None:
        """Takes the ranges from values that come in parts (..., *shape)."""
        ranges = [(flat.amin(0), flat.amax(0)) for part in parts for flat in [part.reshape(-1, *self.center.shape)]]
        low = torch.stack([low for low, _ in ranges]).amin(0)
        high = torch.stack([high for _, high in ranges]).amax(0)
        self.center.copy_((low + high) / 2)
        self.half_range.copy_(((high - low) / 2).clamp_min(self.floor))

    def normalize(self, values: Tensor) -> Tensor:
        """Raw (..., *shape) -> normalised."""
        return (values - self.center) / self.half_range

    def denormalize(self, values: Tensor) -> Tensor:
        """The inverse of `normalize`."""
        return values * self.half_range + self.center
