"""Per-dimension min-max normalisation to [-1, 1]; imports torch only."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class MinMaxNormalizer(nn.Module):
    """Maps each dimension's range in the data to [-1, 1], as Chi et al. 2023, appendix A.

    A dimension whose half range is below `floor` [its unit] is divided by the floor instead: what hardly varies in the
    demonstrations must not become large when the robot leaves them by a millimetre.
    """

    def __init__(self, size: int, floor: float):
        super().__init__()
        self.floor = floor
        self.register_buffer("center", torch.zeros(size))
        self.register_buffer("half_range", torch.ones(size))

    center: Tensor
    half_range: Tensor

    @torch.no_grad()
    def fit(self, values: Tensor) -> None:
        """Takes the ranges from values (..., size)."""
        flat = values.reshape(-1, values.shape[-1])
        low, high = flat.amin(0), flat.amax(0)
        self.center.copy_((low + high) / 2)
        self.half_range.copy_(((high - low) / 2).clamp_min(self.floor))

    def normalize(self, values: Tensor) -> Tensor:
        """Raw (..., size) -> normalised."""
        return (values - self.center) / self.half_range

    def denormalize(self, values: Tensor) -> Tensor:
        """The inverse of `normalize`."""
        return values * self.half_range + self.center
