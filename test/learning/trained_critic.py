"""A small critic and conditional network trained on a channel, and their bounds on fresh samples; no tests here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from known_information import Channel
from torch import Tensor, nn

from midp_ros.learning.mutual_information import ESTIMATORS, GaussianConditional, Partition, drift, negatives

BATCH = 128
DRIFT = 0.1
FRESH = (8, 1000, 127)  # batches, samples in each, negatives of each: about a million pairs


@dataclass(frozen=True)
class Effort:
    """How long and how large."""

    steps: int
    hidden: int = 32
    k: int = 15
    learning_rate: float = 5e-3


class Critic(nn.Module):
    """A perceptron on (x, y), whose first layer is computed once for a sample's part in all pairs."""

    def __init__(self, size: int, hidden: int):
        super().__init__()
        self.x, self.y = nn.Linear(size, hidden), nn.Linear(size, hidden)
        self.rest = nn.Sequential(nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 1))

    def forward(self, x: Tensor, y: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """T on joint (n,) and marginal (n, k) pairs."""
        from_x, from_y = self.x(x), self.y(y)
        marginal = from_x[:, None] + negatives(from_y, k)
        return self.rest(from_x + from_y).squeeze(-1), self.rest(marginal).squeeze(-1)


def train(network: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], channel: Channel, effort: Effort) -> None:
    """Descends `loss(joint, marginal)`."""
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.Adam(network.parameters(), effort.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, effort.steps)
    for _ in range(effort.steps):
        x, y = channel.sample(BATCH, generator)
        loss(*network(x.float(), y.float(), effort.k)).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()


def fresh(network: nn.Module, channel: Channel) -> tuple[Tensor, Tensor]:
    """joint (n,) and marginal (n, k) values on samples that were not trained on."""
    generator = torch.Generator().manual_seed(1)
    batches, n, k = FRESH
    values = []
    with torch.no_grad():
        for _ in range(batches):
            x, y = channel.sample(n, generator)
            values.append(network(x.float(), y.float(), k))
    joint, marginal = zip(*values, strict=True)
    return torch.cat(joint), torch.cat(marginal)


def trained_bound(name: str, channel: Channel, effort: Effort) -> float:
    """The value [nat] of ESTIMATORS[name] with a critic trained for it."""
    torch.manual_seed(0)
    network, partition = Critic(channel.size, effort.hidden), Partition(0.01)
    anchor = DRIFT if name == "donsker_varadhan" else 0.0  # the only one whose gradient lets the constant wander

    def loss(joint: Tensor, marginal: Tensor) -> Tensor:
        objective = ESTIMATORS[name].objective(joint, marginal, partition.update(marginal))
        return anchor * drift(marginal) - objective

    train(network, loss, channel, effort)
    return float(ESTIMATORS[name].bound(*fresh(network, channel)))


def fitted_log_densities(channel: Channel, effort: Effort) -> tuple[Tensor, Tensor]:
    """log q(y|x) of a Gaussian conditional network trained by likelihood, on fresh joint (n,) and marginal (n, k)."""
    torch.manual_seed(0)
    network = GaussianConditional(channel.size, channel.size, effort.hidden)
    train(network, lambda joint, marginal: -joint.mean(), channel, effort)
    return fresh(network, channel)
