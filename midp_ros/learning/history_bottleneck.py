"""The history bottleneck: an information bottleneck on past observations.

Imports torch only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

LEAST_SPREAD = 1e-4  # of normalised values: below, what varies is rounding


class HistoryBottleneck(nn.Module):
    """Passes each value of the past through a Gaussian channel with a gain that is learned.

    With d the past's difference from the newest observation, in units of its standard deviation,

        h = gain d + noise,    I(h; d | newest) <= information = sum of log(1 + gain^2) / 2,

    and what is passed on is the best linear estimate of d from h: with a large gain the past itself, with none the
    newest observation in its place. The bound is the channel's capacity (Cover & Thomas 2006, section 9.1). The loss
    carries it with a weight, so past observations are used as far as they lower the denoising error by more than that
    penalty: a conditional information bottleneck (Alemi et al. 2017). It helps because past observations reveal the
    demonstrator's last action, and a policy that repeats it gets stuck (Wen et al. 2020, "Fighting copycat agents in
    behavioral cloning from observation histories"); docs/mutual_information.md has the measurements.

    Args:
        past: observations before the newest one.
        size: values of an observation.
        differences: pass the estimate of d on, in units of its standard deviation, instead of the past.
    """

    def __init__(self, past: int, size: int, differences: bool = False):
        super().__init__()
        self.differences = differences
        self.log_gain = nn.Parameter(torch.zeros(past, size))
        self.register_buffer("spread", torch.ones(past, size))

    spread: Tensor

    @torch.no_grad()
    def fit_parts(self, parts: Iterable[Tensor]) -> None:
        """Takes the differences' standard deviations from normalised windows (n, past + 1, size) that come in parts.

        One part at a time is in memory (the parallel variance of Chan et al. 1979).
        """
        count, mean, squares = 0, torch.zeros(()), torch.zeros(())
        for part in parts:
            difference = (part[:, :-1] - part[:, -1:]).double()
            own, total = difference.mean(0), count + len(part)
            squares = squares + (difference - own).square().sum(0) + (own - mean).square() * count * len(part) / total
            mean, count = mean + (own - mean) * len(part) / total, total
        self.spread.copy_((squares / (count - 1)).sqrt())

    def forward(self, observation: Tensor, noise: Tensor | None = None) -> Tensor:
        """Normalised windows (batch, past + 1, size) with the past as the channel returns it.

        Args:
            noise: (batch, past, size), standard normal, in training; without it the channel returns its mean.
        """
        newest = observation[:, -1:]
        gain = self.log_gain.exp()
        received = gain * (observation[:, :-1] - newest)
        if noise is not None:
            received = received + self.spread * noise
        estimate = gain / (1 + gain**2) * received
        past = estimate / self.spread.clamp_min(LEAST_SPREAD) if self.differences else newest + estimate
        return torch.cat([past, newest], dim=1)

    def information(self) -> Tensor:
        """Upper bound of the information that passes the channel [nat], a scalar."""
        return self.capacities().sum()

    def capacities(self) -> Tensor:
        """The same by past step, oldest first, and value (past, size) [nat]."""
        return torch.log1p((2 * self.log_gain).exp()) / 2


def parameter_groups(policy: nn.Module, gain_rate: float) -> list[dict[str, Any]]:
    """Parameters for an optimiser: all, and apart from them the channel's gains where their rate is another one.

    A group's `rate` multiplies the learning rate.
    """
    if gain_rate == 1:
        return [{"params": list(policy.parameters())}]
    gains = [m.log_gain for m in policy.modules() if isinstance(m, HistoryBottleneck)]
    others = [p for p in policy.parameters() if not any(p is gain for gain in gains)]
    return [{"params": others}, *([{"params": gains, "rate": gain_rate}] if gains else [])]
