"""A Gaussian q(y|x) whose mean and spread a perceptron gives; imports torch only."""

from __future__ import annotations

import math

import torch.nn.functional as F
from torch import Tensor, nn

from midp_ros.learning.mutual_information.negatives import negatives

SMALLEST_LOG_STD = -7.0  # a thousandth of a normalised unit: below it, y is a function of x


class GaussianConditional(nn.Module):
    """q(y|x) = N(mean(x), diag(std(x)^2)), for `club` and `barber_agakov`."""

    def __init__(self, x_size: int, y_size: int, hidden: int):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(x_size, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU())
        self.head = nn.Linear(hidden, 2 * y_size)

    def forward(self, x: Tensor, y: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """log q(y_i | x_i), (n,), and log q(y_j | x_i) for k others j, (n, k), from x (n, x_size) and y (n, y_size)."""
        mean, raw = self.head(self.body(x)).chunk(2, -1)
        log_std = SMALLEST_LOG_STD + F.softplus(raw - SMALLEST_LOG_STD)
        joint = _log_density(y, mean, log_std)
        return joint, _log_density(negatives(y, k), mean[:, None], log_std[:, None])


def _log_density(y: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    standard = (y - mean) * (-log_std).exp()
    density: Tensor = -(standard.square() / 2 + log_std + math.log(2 * math.pi) / 2).sum(-1)
    return density
