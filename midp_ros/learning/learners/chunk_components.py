"""Chunks as a few numbers, by principal components; imports torch only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

ROOM = 0.1  # beyond the demonstrated range of a component, as a share of it


class ChunkComponents(nn.Module):
    """Whitened principal components z (..., most) of normalised chunks (..., values).

        z = (chunk - mean) basis / spread,    chunk = mean + (z spread) basis^T

    As many components are in use as explain the share `explained` of the chunks' variance, at most `most`; the others
    are always 0. So every training has weights of the same shapes.
    """

    def __init__(self, values: int, most: int, explained: float):
        super().__init__()
        self.explained = explained
        most = min(most, values)
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("basis", torch.eye(values)[:, :most].contiguous())  # (values, most)
        self.register_buffer("spread", torch.ones(most))  # standard deviations; 1 where not in use
        self.register_buffer("used", torch.ones(most))  # 0 or 1
        self.register_buffer("low", -torch.ones(most))  # of z, where it is held
        self.register_buffer("high", torch.ones(most))

    mean: Tensor
    basis: Tensor
    spread: Tensor
    used: Tensor
    low: Tensor
    high: Tensor

    @property
    def size(self) -> int:
        """Numbers of a chunk."""
        return len(self.spread)

    @torch.no_grad()
    def fit_parts(self, parts: Callable[[], Iterator[Tensor]]) -> None:
        """Takes them from normalised chunks (n, predicted, action_size), which come in parts, each time anew."""
        count, total, products = 0, torch.zeros(()), torch.zeros(())
        for part in parts():
            flat = part.flatten(1).double().cpu()
            count, total, products = count + len(flat), total + flat.sum(0), products + flat.T @ flat
        mean = total / count
        variance, directions = torch.linalg.eigh(products / count - torch.outer(mean, mean))
        variance, directions = variance.flip(0).clamp_min(0), directions.flip(1)
        share_before = (variance.cumsum(0) - variance) / variance.sum().clamp_min(1e-12)
        used = ((share_before < self.explained) & (variance > 1e-8))[: self.size]
        self.mean.copy_(mean)
        self.basis.copy_(directions[:, : self.size] * used)
        self.spread.copy_(torch.where(used, variance[: self.size].sqrt(), 1.0))
        self.used.copy_(used)
        ranges = [(z.amin(0), z.amax(0)) for z in (self.encode(part) for part in parts())]
        low, high = torch.stack([low for low, _ in ranges]).amin(0), torch.stack([high for _, high in ranges]).amax(0)
        self.low.copy_(low - ROOM * (high - low))
        self.high.copy_(high + ROOM * (high - low))

    def encode(self, chunk: Tensor) -> Tensor:
        """Normalised chunks (batch, predicted, action_size) -> z (batch, most)."""
        return (chunk.flatten(1) - self.mean) @ self.basis / self.spread

    def decode(self, z: Tensor) -> Tensor:
        """z (batch, most) -> normalised chunks (batch, values)."""
        return self.mean + (z * self.spread) @ self.basis.T

    def outside(self, chunk: Tensor) -> Tensor:
        """The part of (batch, values) that no z changes."""
        return chunk - (chunk @ self.basis) @ self.basis.T

    def hold(self, z: Tensor) -> Tensor:
        """z within the demonstrated range and a little room."""
        return torch.minimum(torch.maximum(z, self.low), self.high)
