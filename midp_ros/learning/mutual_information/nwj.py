"""Nguyen, Wainwright & Jordan's bound; imports torch only."""

from __future__ import annotations

from torch import Tensor

LARGEST_EXPONENT = 20.0  # exp(20) squared and summed, as in a gradient's norm, still fits float32


def nwj(joint: Tensor, marginal: Tensor) -> Tensor:
    """I(x; y) >= 1 + E_joint[T] - E_marginal[exp(T)] [nat] (Nguyen, Wainwright & Jordan 2010; MINE's "f" variant).

    Tight for T = log p(y|x) / p(y): no constant is free, and value and gradient are unbiased at any batch size. It
    never exceeds Donsker & Varadhan's value of the same critic, and its variance is like exp(2 I) / (n k) too. The
    papers' critic is T + 1; a network that starts near 0 had then to learn that constant first, and in 20 dimensions
    ended a fifth lower for it. Above T = 20 the exponential goes on along its tangent, so that an outlier gives a large
    gradient, not infinity; the value is far below zero there. Infinite information: as with Donsker & Varadhan, it
    grows without end.

    Args:
        joint: T(x_i, y_i), (n,).
        marginal: T(x_i, y_j) for k others j in each row, (n, k).
    """
    tangent = 1 + (marginal - LARGEST_EXPONENT).clamp(min=0)
    return 1 + joint.mean() - (marginal.clamp(max=LARGEST_EXPONENT).exp() * tangent).mean()
