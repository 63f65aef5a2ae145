"""The Hilbert-Schmidt conditional independence criterion; imports torch only.

Source: Park & Muandet 2020, "A measure-theoretic approach to kernel conditional mean embeddings".
"""

from __future__ import annotations

import torch
from torch import Tensor

SMALLEST_SCALE = 1e-12  # of squared distances: all samples are alike


def rbf_kernel(x: Tensor) -> Tensor:
    """exp(-|x_i - x_j|^2 / s) of samples (n, size), with s the mean squared distance of two samples: (n, n).

    The gradient passes through s, so that neither growing nor shrinking features changes anything.
    """
    squared = torch.cdist(x, x, compute_mode="donot_use_mm_for_euclid_dist").square()
    count = len(x)
    return torch.exp(-squared * (count * (count - 1)) / squared.sum().clamp_min(SMALLEST_SCALE))


def hscic(x_kernel: Tensor, y_kernel: Tensor, z_kernel: Tensor, ridge: float) -> Tensor:
    """Mean over the samples' z of |mu_xy|z - mu_x|z (x) mu_y|z|^2, a scalar: 0 where x and y are independent given z.

    The conditional mean embeddings are kernel ridge regressions on z, mu_xy|z = sum_i w_i(z) k(x_i) (x) k(y_i) with
    w(z) = (K_z + n ridge I)^-1 k_z(z), so the norm is a sum of products of kernels.

    Args:
        x_kernel, y_kernel, z_kernel: (n, n) of one set of samples.
        ridge: of the regression, above 0.
    """
    count = len(z_kernel)
    regularised = z_kernel + count * ridge * torch.eye(count, device=z_kernel.device, dtype=z_kernel.dtype)
    weights = torch.linalg.solve(regularised, z_kernel)  # column j: the weights at z_j
    mean_x, mean_y = x_kernel @ weights, y_kernel @ weights
    joint = (weights * ((x_kernel * y_kernel) @ weights)).sum(0)
    cross = (weights * mean_x * mean_y).sum(0)
    apart = (weights * mean_x).sum(0) * (weights * mean_y).sum(0)
    return (joint - 2 * cross + apart).mean()
