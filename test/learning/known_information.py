"""Pairs of random variables whose mutual information is known in closed form; no tests here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Pairs = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Channel:
    """x (n, size) and y (n, size).

    Attributes:
        information_nat: I(x; y).
        sample: (n, generator) -> x, y in double precision.
        log_ratio: (x, y) -> log p(y|x) / p(y), (n,): the best critic.
    """

    size: int
    information_nat: float
    sample: Callable[[int, torch.Generator], Pairs]
    log_ratio: Callable[[Tensor, Tensor], Tensor]


def correlation(size: int, information_nat: float) -> float:
    """rho of I = -size / 2 log(1 - rho^2)."""
    return math.sqrt(-math.expm1(-2 * information_nat / size))


def gaussian(size: int, information_nat: float) -> Channel:
    """Standard normal x and y; each component of y is correlated by rho with that of x."""
    rho = correlation(size, information_nat)
    variance = math.exp(-2 * information_nat / size)  # of y given x, in each component

    def sample(n: int, generator: torch.Generator) -> Pairs:
        x, noise = torch.randn(2, n, size, generator=generator, dtype=torch.float64)
        return x, rho * x + math.sqrt(variance) * noise

    def log_ratio(x: Tensor, y: Tensor) -> Tensor:
        return ((y.square() - (y - rho * x).square() / variance) / 2).sum(-1) + information_nat

    return Channel(size, information_nat, sample, log_ratio)


def cubed(channel: Channel) -> Channel:
    """The same channel seen through y^3: an invertible map of one side leaves the information as it is."""

    def sample(n: int, generator: torch.Generator) -> Pairs:
        x, y = channel.sample(n, generator)
        return x, y**3

    def log_ratio(x: Tensor, y: Tensor) -> Tensor:
        return channel.log_ratio(x, y.sign() * y.abs() ** (1 / 3))

    return Channel(channel.size, channel.information_nat, sample, log_ratio)


def uniform_noise(width: float) -> Channel:
    """x uniform on (-2, 2), y = x + uniform noise, `width` (up to 1) times as wide: I = width / 2 - log(width)."""

    def sample(n: int, generator: torch.Generator) -> Pairs:
        x, noise = 4 * torch.rand(2, n, 1, generator=generator, dtype=torch.float64) - 2
        return x, x + width * noise

    def log_ratio(x: Tensor, y: Tensor) -> Tensor:
        """-log(4 width p(y)) where y can come from x, with p(y) a trapezium; -infinity elsewhere."""
        density = ((2 + 2 * width - y.abs()) / (4 * width)).clamp(0, 1) / 4
        possible = (y - x).abs() <= 2 * width
        return torch.where(possible, -(4 * width * density).log(), -math.inf).squeeze(-1)

    return Channel(1, width / 2 - math.log(width), sample, log_ratio)


def binary(flip: float) -> Channel:
    """x is -1 or 1, evenly; y is x, or with probability `flip` -x: I = log 2 - H(flip)."""

    def sample(n: int, generator: torch.Generator) -> Pairs:
        x, flipped = torch.rand(2, n, 1, generator=generator, dtype=torch.float64)
        x = (x < 0.5).double() * 2 - 1
        return x, torch.where(flipped < flip, -x, x)

    def log_ratio(x: Tensor, y: Tensor) -> Tensor:
        return torch.where(x == y, math.log(2 * (1 - flip)), math.log(2 * flip)).squeeze(-1)

    entropy = -flip * math.log(flip) - (1 - flip) * math.log(1 - flip)
    return Channel(1, math.log(2) - entropy, sample, log_ratio)
