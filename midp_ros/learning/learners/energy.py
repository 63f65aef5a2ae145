"""An energy over few numbers, with its gradient written out; imports torch only.

torch.autograd cannot be exported. The gradient of a small perceptron is a few matrix products, which can.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

RESIDUALS = 32  # squares that an energy is a sum of


class Energy(nn.Module):
    """E(features, z) = |r|^2 / 2 + u, both of one perceptron over z (..., size) that the features shift in each layer.

    A sum of squares makes a valley as steep as r's slope squared, which a perceptron learns sooner than the curvature
    itself; u tells how deep each valley is. SiLU is smooth, as Langevin dynamics needs.

    Args:
        feature_size: of what the energy is conditioned on.
        size: of z.
        hidden: widths of the layers.
        unit: of r: how far in z a residual of 1 is.
    """

    def __init__(self, feature_size: int, size: int, hidden: Sequence[int], unit: float):
        super().__init__()
        self.unit = unit
        sizes = (size, *hidden)
        pairs = list(zip(sizes, sizes[1:], strict=False))
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=False) for a, b in pairs)
        self.shifts = nn.ModuleList(nn.Linear(feature_size, b) for _, b in pairs)
        self.straight = nn.Linear(size, RESIDUALS, bias=False)
        self.residual = nn.Linear(sizes[-1], RESIDUALS, bias=False)
        self.centre = nn.Linear(feature_size, RESIDUALS)
        self.depth = nn.Linear(sizes[-1], 1, bias=False)

    def conditions(self, features: Tensor) -> list[Tensor]:
        """What features (batch, feature_size) give to each layer, and to r: (batch, 1, width); once for all z."""
        return [layer(features)[:, None] for layer in (*self.shifts, self.centre)]

    def forward(self, z: Tensor, conditions: Sequence[Tensor]) -> Tensor:
        """Energies (batch, n) [nat] of z (batch, n, size)."""
        residual, h, _ = self._passed(z, conditions)
        return residual.square().sum(-1) / 2 + self.depth(h)[..., 0]

    def slope(self, z: Tensor, conditions: Sequence[Tensor]) -> Tensor:
        """dE/dz (batch, n, size)."""
        residual, _, before = self._passed(z, conditions)
        residual = residual / self.unit
        back = residual @ self.residual.weight + self.depth.weight[0]
        for layer, u in zip(reversed(self.layers), reversed(before), strict=True):
            s = torch.sigmoid(u)
            back = (back * (s * (1 + u * (1 - s)))) @ layer.weight
        return back + residual @ self.straight.weight

    def _passed(self, z: Tensor, conditions: Sequence[Tensor]) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Residuals (batch, n, RESIDUALS), the last layer, and each layer before its SiLU."""
        h, before = z, []
        for layer, shift in zip(self.layers, conditions, strict=False):
            before.append(layer(h) + shift)
            h = silu(before[-1])
        residual = (self.straight(z) + self.residual(h) + conditions[-1]) / self.unit
        return residual, h, before
