"""The estimators with a critic trained for a second or less; mutual_information_grid.py does the same at length."""

from __future__ import annotations

import math

import pytest
import torch
from known_information import Channel, binary, gaussian, uniform_noise
from trained_critic import Effort, fitted_log_densities, trained_bound

from midp_ros.learning.mutual_information import ESTIMATORS, barber_agakov, club

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_correlated_gaussians(name: str) -> None:
    assert trained_bound(name, gaussian(5, 1.0), Effort(steps=300)) == pytest.approx(1.0, rel=0.1)


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(
    ("channel", "steps"), [(uniform_noise(0.5), 700), (binary(0.1), 200)], ids=["uniform", "binary"]
)
def test_channels_that_are_not_gaussian(name: str, channel: Channel, steps: int) -> None:
    effort = Effort(steps, learning_rate=1e-2)
    assert trained_bound(name, channel, effort) == pytest.approx(channel.information_nat, rel=0.1)


def test_the_likelihood_bounds_of_correlated_gaussians() -> None:
    joint, marginal = fitted_log_densities(gaussian(5, 2.0), Effort(steps=500))
    entropy_nat = 5 / 2 * math.log(2 * math.pi * math.e)
    assert float(barber_agakov(joint, entropy_nat)) == pytest.approx(2.0, rel=0.1)
    assert float(club(joint, marginal)) == pytest.approx(5 * math.expm1(0.8), rel=0.1)


def test_a_gaussian_fitted_to_uniform_noise_lacks_the_difference_of_their_entropies() -> None:
    channel = uniform_noise(0.5)
    joint, _ = fitted_log_densities(channel, Effort(steps=500))
    lacking = math.log(2 * math.pi * math.e / 12) / 2
    value = float(barber_agakov(joint, entropy_nat=0.25 + math.log(4)))  # of the trapezium of y
    assert value == pytest.approx(channel.information_nat - lacking, abs=0.05)
