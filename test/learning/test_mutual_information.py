"""Negatives, partition, gradients and extremes of the estimators, whatever the critic."""

from __future__ import annotations

import math

import pytest
import torch
from known_information import gaussian

from midp_ros.learning.mutual_information import (
    ESTIMATORS,
    Partition,
    bias_corrected,
    donsker_varadhan,
    drift,
    infonce,
    log_mean_exp,
    negatives,
    nwj,
    smile,
)

NAMES = list(ESTIMATORS)


def critic_values(n: int = 64, k: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n, generator=generator), torch.randn(n, k, generator=generator)


@pytest.mark.parametrize("k", [1, 3, 6])
def test_negatives_are_k_different_others(k: int) -> None:
    y = torch.arange(7)[:, None] * torch.ones(2)
    found = negatives(y, k)
    assert found.shape == (7, k, 2)
    for i, row in enumerate(found[..., 0].tolist()):
        assert i not in row
        assert len(set(row)) == k


@pytest.mark.parametrize("k", [0, 7])
def test_a_batch_of_seven_has_one_to_six_others(k: int) -> None:
    with pytest.raises(ValueError, match="need 1 to 6"):
        negatives(torch.zeros(7, 2), k)


def test_partition_averages_without_overflow() -> None:
    partition = Partition(0.25)
    assert float(partition.update(torch.tensor([1000.0, 1000.0]))) == pytest.approx(1000.0)
    assert float(partition.update(torch.tensor([0.0]))) == pytest.approx(1000.0 + math.log(0.75))
    assert float(partition.update(torch.tensor([2000.0]))) == pytest.approx(2000.0 + math.log(0.25))


def test_with_rate_one_the_corrected_gradient_is_the_bounds() -> None:
    joint, marginal = (v.requires_grad_() for v in critic_values())
    partition = Partition(1.0, torch.tensor(3.0))
    corrected = torch.autograd.grad(bias_corrected(joint, marginal, partition.update(marginal)), (joint, marginal))
    plain = torch.autograd.grad(donsker_varadhan(joint, marginal), (joint, marginal))
    torch.testing.assert_close(corrected, plain)


def test_the_moving_average_removes_the_small_batch_bias_of_the_gradient() -> None:
    """T = w tanh(x y): batches of 4 give, on average, the gradient of one of a million only when corrected."""
    channel, generator, weight = gaussian(1, 0.5), torch.Generator().manual_seed(2), 2.0

    def statistic(batches: int, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = (v.view(batches, n) for v in channel.sample(batches * n, generator))
        return torch.tanh(x * y), torch.tanh(x * y.roll(1, 1))[..., None]

    w = torch.tensor(weight, dtype=torch.float64, requires_grad=True)
    joint, marginal = (v[0] for v in statistic(1, 1_000_000))
    (reference,) = torch.autograd.grad(donsker_varadhan(w * joint, w * marginal), w)
    joint, marginal = statistic(10_000, 4)
    partition = Partition(0.005)
    partitions = torch.stack([partition.update(weight * m) for m in marginal])
    late = slice(1000, None)  # once the average has settled
    corrected = torch.vmap(lambda j, m, p: bias_corrected(w * j, w * m, p))(joint, marginal, partitions)[late].mean()
    plain = torch.vmap(lambda j, m: donsker_varadhan(w * j, w * m))(joint, marginal)[late].mean()
    error, bias = (abs(float(torch.autograd.grad(s, w)[0] - reference)) for s in (corrected, plain))
    assert bias > 0.05
    assert error < bias / 3


def test_drift_pulls_the_free_constant_back_and_leaves_the_bound_alone() -> None:
    joint, marginal = critic_values()
    shift = torch.tensor(30.0, requires_grad=True)
    (bound_pull,) = torch.autograd.grad(donsker_varadhan(joint + shift, marginal + shift), shift)
    (drift_pull,) = torch.autograd.grad(drift(marginal + shift), shift)
    assert float(bound_pull) == pytest.approx(0.0, abs=1e-5)
    assert float(drift_pull) == pytest.approx(2 * float(drift(marginal + shift).detach()) ** 0.5, rel=1e-5)


def test_infonce_does_not_see_what_depends_on_x_alone() -> None:
    joint, marginal = critic_values()
    of_x = torch.linspace(-50, 50, len(joint))
    torch.testing.assert_close(infonce(joint + of_x, marginal + of_x[:, None]), infonce(joint, marginal))


def test_nwj_is_below_donsker_varadhan_and_meets_it_at_a_partition_of_one() -> None:
    joint, marginal = critic_values()
    assert float(nwj(joint, marginal)) < float(donsker_varadhan(joint, marginal)) - 0.01
    shift = -log_mean_exp(marginal)
    torch.testing.assert_close(nwj(joint + shift, marginal + shift), donsker_varadhan(joint, marginal))


def test_smile_without_a_clip_is_donsker_varadhan() -> None:
    joint, marginal = critic_values()
    torch.testing.assert_close(smile(joint, marginal, math.inf), donsker_varadhan(joint, marginal))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("outlier", [-1000.0, 1000.0])
def test_an_outlier_of_the_critic_leaves_value_and_gradient_finite(name: str, outlier: float) -> None:
    joint, marginal = critic_values()
    joint[0] = marginal[0, 0] = outlier
    joint.requires_grad_(), marginal.requires_grad_()
    partition = Partition(0.01, torch.tensor(0.0))
    objective = ESTIMATORS[name].objective(joint, marginal, partition.update(marginal))
    gradient = torch.cat([g.flatten() for g in torch.autograd.grad(objective, (joint, marginal))])
    assert torch.isfinite(ESTIMATORS[name].bound(joint, marginal))
    assert torch.isfinite(gradient.norm())


@pytest.mark.parametrize(
    ("name", "value"),
    [("donsker_varadhan", 200.0), ("nwj", 101.0), ("infonce", math.log(6)), ("smile", 105.0)],
)
def test_infinite_information_has_an_end_only_for_infonce(name: str, value: float) -> None:
    """T = 100 on joint and -100 on marginal pairs: what a critic comes to where no y fits two x."""
    joint, marginal = torch.full((64,), 100.0), torch.full((64, 5), -100.0)
    assert float(ESTIMATORS[name].bound(joint, marginal)) == pytest.approx(value, rel=1e-5)
    joint.requires_grad_()
    objective = ESTIMATORS[name].objective(joint, marginal, log_mean_exp(marginal))
    (pull,) = torch.autograd.grad(objective, joint)
    still_pulls = name in ("donsker_varadhan", "nwj")
    assert float(pull.sum()) == pytest.approx(1.0 if still_pulls else 0.0, abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_critic_ascends_leads_to_the_log_ratio(name: str) -> None:
    """T = log ratio + w sin(x + 2 y) rises towards w = 0 from both sides."""
    channel = gaussian(1, 1.0)
    x, y = channel.sample(50_000, torch.Generator().manual_seed(3))
    others = negatives(y, 7)

    def slope(weight: float) -> float:
        w = torch.tensor(weight, requires_grad=True)
        joint = channel.log_ratio(x, y) + w * torch.sin(x + 2 * y)[:, 0]
        marginal = channel.log_ratio(x[:, None], others) + w * torch.sin(x[:, None] + 2 * others)[..., 0]
        objective = ESTIMATORS[name].objective(joint, marginal, log_mean_exp(marginal.detach()))
        return float(torch.autograd.grad(objective, w)[0])

    at_optimum, below, above = slope(0.0), slope(-0.5), slope(0.5)
    assert below > 0 > above
    assert abs(at_optimum) < 0.05 * min(below, -above)
