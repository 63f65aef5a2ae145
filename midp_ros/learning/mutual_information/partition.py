"""The moving average of a critic's partition over batches, for MINE's gradient; imports torch only."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from midp_ros.learning.mutual_information.donsker_varadhan import log_mean_exp


class Partition:
    """log of the moving average of E_marginal[exp(T)]; in logarithms nothing overflows, as a tensor no GPU waits."""

    def __init__(self, rate: float, log_average: Tensor | None = None):
        self.rate = rate
        self.log_average = log_average

    def update(self, marginal: Tensor) -> Tensor:
        """Mixes in a batch's partition with weight `rate`, above 0 and up to 1; the first batch stands alone."""
        new = log_mean_exp(marginal.detach())
        if self.log_average is None:
            self.log_average = new
        else:
            keep = math.log1p(-self.rate) if self.rate < 1 else -math.inf
            self.log_average = torch.logaddexp(self.log_average + keep, new + math.log(self.rate))
        return self.log_average
