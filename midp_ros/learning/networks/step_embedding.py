"""Noise steps as vectors; imports torch only."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def sinusoids(step: Tensor, size: int) -> Tensor:
    """Sinusoidal embedding (batch, size) of noise steps (batch,), Vaswani et al. 2017, section 3.5."""
    count = size // 2
    frequency = torch.exp(torch.arange(count, device=step.device) * (-math.log(10000) / (count - 1)))
    angle = step[:, None].float() * frequency
    return torch.cat([angle.sin(), angle.cos()], dim=-1)
