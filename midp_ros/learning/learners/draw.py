"""Draws by the standard normal numbers that an answer is given; imports torch only."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def uniform_of(noise: Tensor) -> Tensor:
    """Uniform numbers in [0, 1] of standard normal ones, by their distribution function."""
    return (1 + torch.erf(noise / math.sqrt(2))) / 2


def one_of(logits: Tensor, noise: Tensor) -> Tensor:
    """One of n (batch, n), 0 or 1, by its weight exp(logit) (batch, n), with standard normal noise (batch, 1)."""
    uniform = uniform_of(noise)
    share = logits.softmax(-1)
    until = share.cumsum(-1)
    before = until - share
    last = torch.arange(logits.shape[1], device=logits.device) == logits.shape[1] - 1
    return ((uniform >= before) & ((uniform < until) | last)).to(noise.dtype)
