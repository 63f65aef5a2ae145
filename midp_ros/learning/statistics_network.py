"""The statistic T(x, y | diffusion step, observation) of the mutual information's bound; imports torch only."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from midp_ros.learning.mutual_information import negatives


class StatisticsNetwork(nn.Module):
    """A perceptron on (x, y, context).

    The first layer is a sum of one linear map each, so that pairing x with another sample's y costs a shift of what is
    already computed: T = MLP(act(X x + Y y + C c)).
    """

    def __init__(self, x_size: int, y_size: int, context_size: int, hidden: int):
        super().__init__()
        self.x = nn.Linear(x_size, hidden)
        self.y = nn.Linear(y_size, hidden, bias=False)
        self.context = nn.Linear(context_size, hidden, bias=False) if context_size else None
        self.middle = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x: Tensor, y: Tensor, context: Tensor | None = None, k: int = 1) -> tuple[Tensor, Tensor]:
        """T on the joint pairs (batch,), and on each x with k other samples' y (batch, k).

        Args:
            x, y: (batch, x_size) and (batch, y_size), drawn together.
            context: (batch, context_size): what both are conditioned on; stays with x.
        """
        common, y_part = self.x(x), self.y(y)
        if self.context is not None:
            common = common + self.context(context)
        return self._head(common + y_part), self._head(common.unsqueeze(1) + negatives(y_part, k))

    def _head(self, first: Tensor) -> Tensor:
        value: Tensor = self.out(F.silu(self.middle(F.silu(first)))).squeeze(-1)
        return value
