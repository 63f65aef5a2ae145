"""Donsker & Varadhan's bound with MINE's gradient and ReMINE's anchor; imports torch only."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def log_mean_exp(values: Tensor) -> Tensor:
    """log(mean(exp(values))) over all elements, without overflow."""
    return torch.logsumexp(values.flatten(), 0) - math.log(values.numel())


def donsker_varadhan(joint: Tensor, marginal: Tensor) -> Tensor:
    """I(x; y) >= E_joint[T] - log E_marginal[exp(T)] [nat] (Donsker & Varadhan 1983; MINE, Belghazi et al. 2018).

    Tight for T = log p(y|x) / p(y) + constant. A batch's value is biased upwards, because -log of a mean is; the mean's
    relative variance is (exp(2 I) - 1) / (n k) for correlated Gaussians, so n k pairs serve up to log(n k) / 2 nat. No
    estimate from N samples is a lower bound with confidence much above log N (McAllester & Stratos 2020). Infinite
    information: T separates joint from marginal, and value and T grow for as long as the critic is trained.

    Args:
        joint: T(x_i, y_i), (n,).
        marginal: T(x_i, y_j) for k others j in each row, (n, k).
    """
    return joint.mean() - log_mean_exp(marginal)


def bias_corrected(joint: Tensor, marginal: Tensor, log_partition: Tensor) -> Tensor:
    """A scalar whose gradient is MINE's (Belghazi et al. 2018, section 3.2, equation 12); its value means nothing.

    The bound's gradient E_joint[dT] - E_marginal[dT exp(T)] / E_marginal[exp(T)] is biased when a small batch estimates
    the denominator, so `log_partition`, a `Partition` over batches, takes its place. Where the average already holds
    this batch with weight `rate`, no exponential's mean exceeds 1 / rate: nothing overflows.
    """
    return joint.mean() - (marginal - log_partition).exp().mean()


def drift(marginal: Tensor) -> Tensor:
    """Square of the log partition [nat^2], to be held small beside the bound.

    The bound does not change when a constant is added to the critic, so nothing keeps that constant in place: with
    clipped gradients it was seen to grow by 80 nat in 2,600 steps. ReMINE (Choi & Lee 2020, "Regularized mutual
    information neural estimation") anchors it by this term, which leaves the bound's optimum as it is.
    """
    return log_mean_exp(marginal).square()
