"""The accountant's information against the project's own neural estimator, on the same small data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from demonstrations import demonstration

from midp_ros.accounting.canonical import canonical_projections
from midp_ros.accounting.nearest_neighbours import contributions, distances
from midp_ros.accounting.pairs import pairs
from midp_ros.learning.mutual_information import ESTIMATORS, Partition, negatives


def by_mine(x: np.ndarray, y: np.ndarray, steps: int = 300) -> float:
    """Donsker and Varadhan's bound [nat] with a trained critic (Belghazi et al. 2018)."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # on a busy machine threads wait for each other
    estimator, partition = ESTIMATORS["donsker_varadhan"], Partition(0.01)
    critic = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1] + y.shape[1], 64), torch.nn.SiLU(), torch.nn.Linear(64, 64), torch.nn.SiLU(),
        torch.nn.Linear(64, 1),
    )  # fmt: skip
    optimiser = torch.optim.Adam(critic.parameters(), lr=3e-3)
    samples = [torch.tensor(values / values.std(axis=0), dtype=torch.float32) for values in (x, y)]

    def values(own_x: torch.Tensor, own_y: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
        others = negatives(own_y, k)
        beside = own_x[:, None].expand(-1, others.shape[1], -1)
        return critic(torch.cat([own_x, own_y], -1))[:, 0], critic(torch.cat([beside, others], -1))[..., 0]

    for _ in range(steps):
        chosen = torch.randint(len(x), (128,))
        joint, marginal = values(samples[0][chosen], samples[1][chosen], 7)
        loss = -estimator.objective(joint, marginal, partition.update(marginal))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return float(estimator.bound(*values(*samples, 31)))


@pytest.mark.slow
@pytest.mark.parametrize("shuffled", [False, True])
def test_both_estimators_agree_on_demonstrations(shuffled: bool) -> None:
    parts = [pairs(demonstration(seed, shake_m=0.02), 1) for seed in range(40)]
    x, y = (np.concatenate(part) for part in zip(*parts, strict=True))
    project_x, project_y = canonical_projections(x, y, 2)
    x, y = project_x(x), project_y(y)
    if shuffled:
        y = np.random.default_rng(0).permutation(y)
    order = np.random.default_rng(1).permutation(len(x))  # negatives are not the next steps of the same episode
    x, y = x[order], y[order]
    others = ~np.eye(len(x), dtype=bool)
    neighbours = contributions(*(distances(v, v)[others].reshape(len(x), -1) for v in (x, y))).mean()
    assert by_mine(x, y) == pytest.approx(neighbours, abs=0.15)
    assert (neighbours < 0.1) == shuffled
