"""The history bottleneck: an information bottleneck on past observations.

Imports torch only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

LEAST_SPREAD = 1e-4  # of normalised values: below, what varies is rounding
LEAST_SHARE = 1e-6  # of the newest observation's largest variance, for a direction of it to predict the past by


class HistoryBottleneck(nn.Module):
    """Passes each value of the past through a Gaussian channel with a gain that is learned.

    With d the past's difference from the newest observation, in units of its standard deviation,

        h = gain d + noise,    I(h; d | newest) <= information = sum of log(1 + gain^2) / 2,

    and with C, the covariance of d that the newest observation leaves (`joint`),

        I(h; d | newest) <= information = log det(1 + gain C gain) / 2,

    which is never more, and counts once what several past values share. What is passed on is the best linear estimate
    of d from h: with a large gain the past itself, with none the newest observation in its place. The bounds are the
    channels' capacities: of all h of one covariance the Gaussian one carries most (Cover & Thomas 2006, sections 8.6
    and 9.1). The loss carries the bound with a weight, so past observations are used as far as they lower the denoising
    error by more than that penalty: a conditional information bottleneck (Alemi et al. 2017). It helps because past
    observations reveal the demonstrator's last action, and a policy that repeats it gets stuck (Wen et al. 2020,
    "Fighting copycat agents in behavioral cloning from observation histories"); docs/mutual_information.md has the
    measurements.

    Args:
        past: observations before the newest one.
        size: values of an observation.
        differences: pass the estimate of d on, in units of its standard deviation, instead of the past.
        joint: bound the information of all values together.
    """

    def __init__(self, past: int, size: int, differences: bool = False, joint: bool = False):
        super().__init__()
        self.differences = differences
        self.log_gain = nn.Parameter(torch.zeros(past, size))
        self.register_buffer("spread", torch.ones(past, size))
        self.register_buffer("covariance", torch.eye(past * size) if joint else None)

    spread: Tensor
    covariance: Tensor | None

    @torch.no_grad()
    def fit_parts(self, parts: Iterable[Tensor]) -> None:
        """Takes the differences' spread from normalised windows (n, past + 1, size) that come in parts.

        One part at a time is in memory (the parallel variance of Chan et al. 1979).
        """
        count, mean, squares = 0, torch.zeros(()), torch.zeros(())
        for part in parts:
            values = part[:, :-1] - part[:, -1:]
            if self.covariance is not None:
                values = torch.cat([values, part[:, -1:]], dim=1)
            values = values.flatten(1).double()
            own, total = values.mean(0), count + len(part)
            apart, weight = own - mean, count * len(part) / total
            squares = squares + self._products(values - own) + weight * self._products(apart[None])
            mean, count = mean + apart * len(part) / total, total
        scatter = squares / (count - 1)
        variances = scatter if self.covariance is None else scatter.diagonal()
        self.spread.copy_(variances[: self.spread.numel()].sqrt().reshape(self.spread.shape))
        if self.covariance is not None:
            self.covariance.copy_(self._left_by_newest(scatter))

    def _products(self, values: Tensor) -> Tensor:
        """Sums of squares of values (n, values), and with `joint` of all products."""
        return values.square().sum(0) if self.covariance is None else values.T @ values

    def _left_by_newest(self, scatter: Tensor) -> Tensor:
        """Covariance of d, in units of its spread, that the best linear guess by the newest observation leaves."""
        past = self.spread.numel()
        crossed, newest = scatter[:past, past:], scatter[past:, past:]
        known = crossed @ torch.linalg.pinv(newest, rtol=LEAST_SHARE, hermitian=True) @ crossed.T
        unit = 1 / self.spread.flatten().double().clamp_min(LEAST_SPREAD)
        return unit[:, None] * (scatter[:past, :past] - known) * unit

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
        if self.covariance is None:
            return self.capacities().sum()
        return torch.linalg.cholesky(self._received(self.covariance)).diagonal().log().sum()

    def capacities(self) -> Tensor:
        """The same by past step, oldest first, and value (past, size) [nat].

        With `joint` a value's share is what is left of it as all gains open together, integrated over their squares
        (dI / d gain^2 = mean squared error / 2, Guo et al. 2005). In closed form these are the diagonal of the
        logarithm whose trace is the bound: values that are independent of all others pay log(1 + gain^2) / 2.
        """
        if self.covariance is None:
            return torch.log1p((2 * self.log_gain).exp()) / 2
        variances, directions = torch.linalg.eigh(self._received(self.covariance.double()))
        return ((directions.square() @ variances.log()) / 2).reshape(self.log_gain.shape)

    def _received(self, covariance: Tensor) -> Tensor:
        """Covariance of h, in units of the noise."""
        gain = self.log_gain.exp().flatten().to(covariance.dtype)
        return torch.eye(len(gain), dtype=covariance.dtype, device=gain.device) + gain[:, None] * covariance * gain


def parameter_groups(policy: nn.Module, gain_rate: float) -> list[dict[str, Any]]:
    """Parameters for an optimiser: all, and apart from them the channel's gains where their rate is another one.

    A group's `rate` multiplies the learning rate.
    """
    if gain_rate == 1:
        return [{"params": list(policy.parameters())}]
    gains = [m.log_gain for m in policy.modules() if isinstance(m, HistoryBottleneck)]
    others = [p for p in policy.parameters() if not any(p is gain for gain in gains)]
    return [{"params": others}, *([{"params": gains, "rate": gain_rate}] if gains else [])]
