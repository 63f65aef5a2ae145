"""InfoNCE, the contrastive bound; imports torch only."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def infonce(joint: Tensor, marginal: Tensor) -> Tensor:
    """I(x; y) >= E[log exp(T_ii) / mean(exp(T_ii), exp(T_ij), ...)] [nat] (van den Oord et al. 2018, equation 4).

    The critic discriminates each y_i from k others. Tight, as k grows, for T = log p(y|x) + any function of x. The
    variance is small, but no value exceeds log(k + 1), which is a bias where I approaches that. Infinite information:
    the value settles at log(k + 1) and the gradient vanishes, so it stops pulling. Nothing overflows.

    Args:
        joint: T(x_i, y_i), (n,).
        marginal: T(x_i, y_j) for k others j in each row, (n, k).
    """
    everyone = torch.cat([joint[:, None], marginal], 1)  # (n, k + 1)
    return (joint - torch.logsumexp(everyone, 1)).mean() + math.log(everyone.shape[1])
