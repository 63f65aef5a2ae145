"""The estimators' values with the exact log ratio as critic, against theory, and scikit-learn on the same channels."""

from __future__ import annotations

import math

import pytest
import torch
from known_information import Channel, binary, correlation, cubed, gaussian, uniform_noise
from torch import Tensor

from midp_ros.learning.mutual_information import barber_agakov, club, donsker_varadhan, infonce, nwj, smile

CLIP_NAT = 5.0  # smile's default


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def exact(channel: Channel, n: int, k: int) -> tuple[Tensor, Tensor]:
    """The best critic on joint (n,) and marginal (n, k) pairs."""
    x, y = channel.sample(n, torch.Generator().manual_seed(0))
    marginal = [channel.log_ratio(x, y.roll(step, 0)) for step in range(1, k + 1)]
    return channel.log_ratio(x, y), torch.stack(marginal, 1)


def log_ratios(size: int, information_nat: float) -> tuple[Tensor, Tensor]:
    """Values and probabilities of the log ratio of correlated Gaussians under the joint density.

    With u, v along the covariance's axes it is I + rho (|u|^2 - |v|^2) / 2, distributed like I + rho s b with s
    chi-distributed of `size` degrees and b standard normal: a grid over s and b.
    """
    b = torch.linspace(-8, 8, 301, dtype=torch.float64)
    s = torch.linspace(0, math.sqrt(size) + 7, 602, dtype=torch.float64)[1::2, None]
    weights = (s ** (size - 1) * (-(s.square() + b.square()) / 2).exp()).flatten()
    values = information_nat + correlation(size, information_nat) * s * b
    return values.flatten(), weights / weights.sum()


@pytest.mark.slow
@pytest.mark.parametrize("information_nat", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("size", [1, 5, 20])
def test_correlated_gaussians(size: int, information_nat: float) -> None:
    n, k = 100_000 if size == 1 else 40_000, 31  # the ratio's tail is heaviest in one dimension
    joint, marginal = exact(gaussian(size, information_nat), n, k)
    values, weights = log_ratios(size, information_nat)
    noise_of_joint = correlation(size, information_nat) * math.sqrt(size / n)
    noise_of_partition = math.sqrt(math.expm1(2 * information_nat) / (n * k))
    tight = 4 * noise_of_joint

    tolerance = min(4 * math.hypot(noise_of_joint, noise_of_partition), 0.1 * information_nat)
    assert float(donsker_varadhan(joint, marginal)) == pytest.approx(information_nat, abs=tolerance)
    assert float(nwj(joint, marginal)) == pytest.approx(information_nat, abs=tolerance)

    clipped = (values.clamp(-CLIP_NAT, CLIP_NAT) - values).exp()  # of the joint's density, to that of the marginals
    expected = information_nat - math.log(float((weights * clipped).sum()))
    assert float(smile(joint, marginal)) == pytest.approx(expected, abs=tight + 0.005)

    mean_partition = ((values.exp() + k) / (k + 1)).log()  # log of a mean, above the mean of the log
    least = information_nat - float((weights * mean_partition).sum())
    most = min(information_nat, math.log(k + 1))
    assert least - tight < float(infonce(joint, marginal)) < most + tight


def test_infonce_comes_near_its_limit_and_not_over_it() -> None:
    joint, marginal = exact(gaussian(1, 5.0), 20_000, 7)
    assert 0.95 * math.log(8) < float(infonce(joint, marginal)) < math.log(8)


@pytest.mark.parametrize("k", [1, 7, 31])
def test_infonce_of_a_binary_channel_is_a_sum_over_how_many_negatives_agree(k: int) -> None:
    flip = 0.1
    agree, differ = 2 * (1 - flip), 2 * flip
    expected = sum(
        chance * math.comb(k, m) / 2**k * math.log((k + 1) * own / (own + m * agree + (k - m) * differ))
        for chance, own in ((1 - flip, agree), (flip, differ))
        for m in range(k + 1)
    )
    assert float(infonce(*exact(binary(flip), 100_000, k))) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    "channel",
    [uniform_noise(0.25), uniform_noise(1.0), cubed(gaussian(1, 1.0)), cubed(gaussian(5, 2.0)), binary(0.1)],
    ids=["uniform-0.25", "uniform-1", "cubed-1", "cubed-5", "binary"],
)
def test_channels_that_are_not_gaussian(channel: Channel) -> None:
    joint, marginal = exact(channel, 40_000, 31)
    assert float(donsker_varadhan(joint, marginal)) == pytest.approx(channel.information_nat, rel=0.03)
    assert float(nwj(joint, marginal)) == pytest.approx(channel.information_nat, rel=0.03)
    assert float(smile(joint, marginal)) == pytest.approx(channel.information_nat, rel=0.04)
    assert float(infonce(joint, marginal)) == pytest.approx(channel.information_nat, rel=0.15)


@pytest.mark.parametrize("size", [1, 5, 20])
def test_the_likelihood_bounds_with_the_exact_conditional_density(size: int) -> None:
    """Barber & Agakov's is tight; CLUB is rho^2 / (1 - rho^2) in each component."""
    channel, n, k = gaussian(size, 1.0), 40_000, 7
    rho = correlation(size, 1.0)
    x, y = channel.sample(n, torch.Generator().manual_seed(0))
    conditional = torch.distributions.Normal(rho * x, math.sqrt(1 - rho**2))
    joint = conditional.log_prob(y).sum(-1)
    marginal = torch.stack([conditional.log_prob(y.roll(step, 0)).sum(-1) for step in range(1, k + 1)], 1)
    entropy_nat = size / 2 * math.log(2 * math.pi * math.e)
    assert float(barber_agakov(joint, entropy_nat)) == pytest.approx(1.0, abs=0.04)
    assert float(club(joint, marginal)) == pytest.approx(size * rho**2 / (1 - rho**2), rel=0.03)


@pytest.mark.parametrize(
    "channel",
    [gaussian(1, 0.5), gaussian(1, 1.0), gaussian(1, 2.0), uniform_noise(0.25), cubed(gaussian(1, 1.0))],
    ids=["gaussian-0.5", "gaussian-1", "gaussian-2", "uniform", "cubed"],
)
def test_nearest_neighbours_agree(channel: Channel) -> None:
    """scikit-learn's estimator (Kraskov et al. 2004) on the samples that the exact critic sees."""
    # Imported here: every process of the tests would import it while it collects them.
    from sklearn.feature_selection import mutual_info_regression

    n = 5000
    x, y = channel.sample(n, torch.Generator().manual_seed(0))
    neighbours = mutual_info_regression(x.numpy(), y[:, 0].numpy(), random_state=0)[0]
    assert float(donsker_varadhan(*exact(channel, n, 31))) == pytest.approx(neighbours, abs=0.1)
    assert neighbours == pytest.approx(channel.information_nat, abs=0.08)
