"""An exponential moving average of a network's weights; imports torch only."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Ema:
    """Keeps an averaged copy of a network; `model` is that copy.

    The decay rises with the updates, 1 - (1 + n)^-power up to `decay`, so that early weights are soon forgotten (as
    `diffusers`' EMAModel with inv_gamma = 1).
    """

    def __init__(self, network: nn.Module, decay: float, power: float):
        self.model = copy.deepcopy(network).requires_grad_(False)
        self.decay, self.power = decay, power
        self._averaged = list(self.model.parameters())
        self._trained = list(network.parameters())

    def decay_at(self, update: int) -> float:
        """Share of the old average that survives the update with this number (from 0)."""
        return max(0.0, min(self.decay, 1 - (1 + update) ** -self.power))

    @torch.no_grad()
    def update(self, update: int) -> None:
        """Moves the average towards the network's present weights."""
        torch._foreach_lerp_(self._averaged, self._trained, 1 - self.decay_at(update))
