"""The marginals' product, drawn from a batch: every sample beside the others' y; imports torch only."""

from __future__ import annotations

import torch
from torch import Tensor


def negatives(y: Tensor, k: int) -> Tensor:
    """y (n, ...) of the k samples before each one, in a circle: (n, k, ...); k = n - 1 gives all others.

    The batch is drawn at random, so moving it on is as good as any choice of others, and none meets itself. Where the
    critic's first layer is linear, roll what that layer made of y: n k pairs then cost n passes of it, not n k.

    Raises:
        ValueError: k is not within 1 to n - 1.
    """
    n = len(y)
    if not 1 <= k < n:
        raise ValueError(f"got k={k} negatives of a batch of {n}, need 1 to {n - 1}")
    return torch.stack([y.roll(step, 0) for step in range(1, k + 1)], 1)
