"""Bounds from a conditional density q(y|x) instead of a free critic; imports torch only."""

from __future__ import annotations

from torch import Tensor


def club(joint: Tensor, marginal: Tensor) -> Tensor:
    """Upper bound on information [nat], to be made small (CLUB, Cheng et al. 2020).

        I(x; y) <= E_joint[log q(y|x)] - E_marginal[log q(y|x)]

    An upper bound for q = p(y|x); otherwise only where q is nearer to the joint than to the marginals' product. Not
    tight: for correlated Gaussians it is rho^2 / (1 - rho^2) a dimension, above -log(1 - rho^2) / 2. q is fitted by its
    likelihood `joint.mean()`, apart from what descends the bound. Infinite information: it grows like 1 / (variance of
    q), up to what q's floor allows.

    Args:
        joint: log q(y_i | x_i), (n,).
        marginal: log q(y_j | x_i) for k others j in each row, (n, k).
    """
    return joint.mean() - marginal.mean()


def barber_agakov(joint: Tensor, entropy_nat: float) -> Tensor:
    """Lower bound on information [nat] (Barber & Agakov 2003).

        I(x; y) >= H(y) + E_joint[log q(y|x)]

    Tight for q = p(y|x), which is also where its gradient, the likelihood's, leads. No negatives, little variance and
    no saturation, but H(y) must be known, or not matter because y is data. Infinite information: grows without end, up
    to what q's floor allows.

    Args:
        joint: log q(y_i | x_i), (n,).
        entropy_nat: H(y), differential where y is continuous.
    """
    return joint.mean() + entropy_nat
