"""The conditional independence criterion against its definition, and on variables whose dependence is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from midp_ros.learning.neighbours.hscic import hscic, rbf_kernel
from midp_ros.learning.neighbours.leakage_penalty import leakage

RIDGE = 0.01


def test_it_is_the_norm_of_the_conditional_cross_covariance() -> None:
    """With the kernels' feature vectors written out: the weighted covariance of both at every z, in numpy."""
    random = np.random.default_rng(0)
    samples = random.normal(size=(3, 25, 2))
    kernels = [np.exp(-((s[:, None] - s[None]) ** 2).sum(-1) / 1.7) for s in samples]
    x, y = (np.linalg.cholesky(k + 1e-12 * np.eye(25)) for k in kernels[:2])  # a row for each sample: k = x x^T
    norms = []
    for j in range(25):
        w = np.linalg.inv(kernels[2] + 25 * RIDGE * np.eye(25)) @ kernels[2][:, j]
        covariance = np.einsum("i,ia,ib->ab", w, x, y) - np.outer(w @ x, w @ y)
        norms.append((covariance**2).sum())
    found = hscic(*map(torch.from_numpy, kernels), RIDGE)
    assert float(found) == pytest.approx(np.mean(norms), rel=1e-6)


def test_the_kernel_s_scale_is_the_mean_distance_so_that_sizes_do_not_matter() -> None:
    x = torch.tensor([[0.0], [1.0], [3.0]])  # squared distances 1, 9, 4
    torch.testing.assert_close(rbf_kernel(x)[0], torch.exp(-torch.tensor([0.0, 1.0, 9.0]) * 3 / 14))
    torch.testing.assert_close(rbf_kernel(x), rbf_kernel(100 * x))
    size = torch.tensor(2.0, requires_grad=True)
    (rbf_kernel(size * x) * torch.tensor([[0.0, 1.0, 2.0]])).sum().backward()
    assert size.grad is not None and abs(float(size.grad)) < 1e-6
    assert torch.equal(rbf_kernel(torch.ones(4, 2)), torch.ones(4, 4))


def test_features_that_reveal_the_past_leak_and_others_do_not() -> None:
    """Features of the demonstrated action alone depend on past actions, too, but not given that action."""
    random = torch.Generator().manual_seed(0)
    action, past_only, own = torch.randn(3, 300, 1, generator=random)
    past = action + past_only
    clean = leakage(action + 0.5 * own, past, action, RIDGE)
    leaking = leakage(action + past_only, past, action, RIDGE)
    assert float(leaking) > 5 * float(clean) > 0


def test_descending_it_takes_the_past_out_of_a_feature() -> None:
    random = torch.Generator().manual_seed(1)
    action, past_only = torch.randn(2, 150, 1, generator=random)
    share = torch.tensor(1.0, requires_grad=True)
    optimiser = torch.optim.Adam([share], lr=0.05)
    for _ in range(60):
        optimiser.zero_grad()
        leakage(action + share * past_only, action + past_only, action, RIDGE).backward()
        optimiser.step()
    assert abs(float(share.detach())) < 0.15
