"""The bound and MINE against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from midp_ros.learning.mutual_information import Partition, bias_corrected, donsker_varadhan, drift, shuffled
from midp_ros.learning.statistics_network import StatisticsNetwork


def correlated(n: int, size: int, rho: float, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    x, e = torch.randn(2, n, size, generator=generator)
    return x, rho * x + math.sqrt(1 - rho**2) * e


@pytest.mark.parametrize(
    ("size", "rho", "steps", "anchor"), [(1, 0.8, 1000, 0.0), (1, 0.8, 1000, 0.1), (10, 0.5, 2000, 0.1)]
)
def test_mine_finds_the_information_of_correlated_gaussians(size: int, rho: float, steps: int, anchor: float) -> None:
    """I = -d/2 log(1 - rho^2), with the statistic's constant free or anchored."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    network, partition = StatisticsNetwork(size, size, 0, 64), Partition(0.01)
    optimiser = torch.optim.Adam(network.parameters(), 2e-3, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        joint, marginal = network(*correlated(512, size, rho, generator))
        surrogate = bias_corrected(joint, marginal, partition.update(marginal)) - anchor * drift(marginal)
        (-surrogate).backward()
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
    with torch.no_grad():
        bound = float(donsker_varadhan(*network(*correlated(100_000, size, rho, generator))))
    truth = -size / 2 * math.log(1 - rho**2)
    assert bound == pytest.approx(truth, rel=0.1)


def test_bound_with_the_optimal_statistic_is_the_information() -> None:
    """T = log p(x, y) / (p(x) p(y)) makes the Donsker-Varadhan bound tight."""
    rho, generator = 0.6, torch.Generator().manual_seed(1)
    x, y = (v.squeeze(-1) for v in correlated(400_000, 1, rho, generator))

    def statistic(y: torch.Tensor) -> torch.Tensor:
        joint = -(x**2 - 2 * rho * x * y + y**2) / (2 * (1 - rho**2)) - 0.5 * math.log(1 - rho**2)
        return joint + (x**2 + y**2) / 2

    bound = float(donsker_varadhan(statistic(y), statistic(shuffled(y))))
    assert bound == pytest.approx(-0.5 * math.log(1 - rho**2), rel=0.02)


def test_the_moving_average_removes_the_small_batch_bias_of_the_gradient() -> None:
    """T = w tanh(x y): batches of 4 give, on average, the gradient of one of a million only when corrected."""
    generator, w = torch.Generator().manual_seed(2), torch.tensor(2.0, requires_grad=True)

    def statistic(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = (v.squeeze(-1) for v in correlated(n, 1, 0.8, generator))
        return w * torch.tanh(x * y), w * torch.tanh(x * shuffled(y))

    (reference,) = torch.autograd.grad(donsker_varadhan(*statistic(1_000_000)), w)
    partition = Partition(0.005)
    for _ in range(1000):
        partition.update(statistic(4)[1])
    corrected, plain = [], []
    for _ in range(4000):
        joint, marginal = statistic(4)
        scalar = bias_corrected(joint, marginal, partition.update(marginal))
        corrected.append(torch.autograd.grad(scalar, w, retain_graph=True)[0])
        plain.append(torch.autograd.grad(donsker_varadhan(joint, marginal), w)[0])
    error = abs(float(torch.stack(corrected).mean() - reference))
    bias = abs(float(torch.stack(plain).mean() - reference))
    assert bias > 0.1
    assert error < bias / 3


def test_drift_pulls_the_free_constant_back_and_leaves_the_bound_alone() -> None:
    joint, marginal = torch.randn(64), torch.randn(64)
    shift = torch.tensor(30.0, requires_grad=True)
    (bound_pull,) = torch.autograd.grad(donsker_varadhan(joint + shift, marginal + shift), shift)
    (drift_pull,) = torch.autograd.grad(drift(marginal + shift), shift)
    assert float(bound_pull) == pytest.approx(0.0, abs=1e-5)
    assert float(drift_pull) == pytest.approx(2 * float(drift(marginal + shift).detach()) ** 0.5, rel=1e-5)


def test_partition_averages_without_overflow() -> None:
    partition = Partition(0.25)
    assert partition.update(torch.tensor([1000.0, 1000.0])) == pytest.approx(1000.0)
    assert partition.update(torch.tensor([0.0])) == pytest.approx(1000.0 + math.log(0.75))
    assert partition.update(torch.tensor([2000.0])) == pytest.approx(2000.0 + math.log(0.25))


def test_the_shuffled_pairs_are_those_of_another_sample() -> None:
    torch.manual_seed(0)
    network = StatisticsNetwork(2, 3, 4, 8)
    x, y, context = torch.randn(5, 2), torch.randn(5, 3), torch.randn(5, 4)
    joint, marginal = network(x, y, context)
    torch.testing.assert_close(network(x, shuffled(y), context)[0], marginal)
    assert not torch.allclose(joint, marginal)
