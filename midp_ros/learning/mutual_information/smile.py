"""SMILE: a clipped Donsker-Varadhan value of a critic that learns by classifying; imports torch only."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from midp_ros.learning.mutual_information.donsker_varadhan import log_mean_exp


def smile(joint: Tensor, marginal: Tensor, clip_nat: float = 5.0) -> Tensor:
    """I(x; y) = about E_joint[T] - log E_marginal[clip(exp(T), exp(-c), exp(c))] [nat] (Song & Ermon 2020).

    For a critic trained by `jensen_shannon`. The clip bounds the partition's variance by exp(2 c) / (n k), whatever I
    is, and costs bias: with T = log p(y|x) / p(y) it lacks what is above c, so the value is above I by up to c, and it
    is not strictly a lower bound. Infinite information: E_joint[T] grows, slower and slower, for as long as the critic
    is trained.

    Args:
        joint: T(x_i, y_i), (n,).
        marginal: T(x_i, y_j) for k others j in each row, (n, k).
        clip_nat: c; infinity gives Donsker & Varadhan's value.
    """
    return joint.mean() - log_mean_exp(marginal.clamp(-clip_nat, clip_nat))


def jensen_shannon(joint: Tensor, marginal: Tensor) -> Tensor:
    """E_joint[-softplus(-T)] - E_marginal[softplus(T)]: log likelihood of classifying joint and marginal by sigmoid(T).

    Largest at T = log p(y|x) / p(y), where it is 2 (JS - log 2) with the Jensen-Shannon divergence JS [nat] (Nowozin et
    al. 2016; Hjelm et al. 2019). Never above 0. A pair's gradient is at most 1 and vanishes where the pair is
    classified already, so infinite information pulls ever less.
    """
    return -F.softplus(-joint).mean() - F.softplus(marginal).mean()
