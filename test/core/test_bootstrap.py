"""Intervals over seeds and episodes, against closed forms and by how often they hold the truth."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.bootstrap import estimate, resampled_means

Z = 1.96


def half_width(values: np.ndarray) -> float:
    e = estimate(values)
    return (e.high - e.low) / 2


def test_the_variance_is_that_of_the_crossed_design() -> None:
    values = np.random.default_rng(0).normal(size=(5, 40)) + np.linspace(0, 2, 5)[:, None] + np.linspace(0, 3, 40)
    a, b = values.mean(1) - values.mean(), values.mean(0) - values.mean()
    c = values - values.mean() - a[:, None] - b
    expected = (a**2).mean() / 5 + (b**2).mean() / 40 + (c**2).mean() / 200
    means = resampled_means(values, 200_000)
    assert means.mean() == pytest.approx(values.mean(), abs=4 * (expected / len(means)) ** 0.5)
    assert means.var() == pytest.approx(expected, rel=0.02)


def test_episodes_that_are_alike_for_all_seeds_do_not_average_out() -> None:
    episodes = np.random.default_rng(1).normal(size=400)
    one, three = half_width(episodes[None]), half_width(np.tile(episodes, (3, 1)))
    assert one == pytest.approx(Z * episodes.std() / 20, rel=0.05)
    assert three == pytest.approx(one, rel=0.05)


def test_seeds_alone_vary() -> None:
    seeds = np.random.default_rng(2).normal(size=100)
    assert half_width(np.tile(seeds[:, None], 50)) == pytest.approx(Z * seeds.std() / 10, rel=0.05)


def test_values_that_do_not_vary_have_no_interval() -> None:
    e = estimate(np.full((3, 10), 0.25))
    assert (e.mean, e.seeds) == (0.25, 3) and e.low == pytest.approx(0.25) and e.high == pytest.approx(0.25)


@pytest.mark.slow
def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    random, held, trials = np.random.default_rng(3), 0, 300
    for _ in range(trials):
        seeds, episodes = random.normal(size=(15, 1)), random.normal(size=(1, 60))
        low, high = np.quantile(resampled_means(seeds + episodes + random.normal(size=(15, 60)), 1000), [0.025, 0.975])
        held += low <= 0 <= high
    assert 0.88 <= held / trials <= 0.98


def test_of_one_seed_it_is_the_normal_interval_where_that_holds() -> None:
    values = np.random.default_rng(1).normal(0.5, 0.1, 400)
    half = 1.96 * values.std() / np.sqrt(400)
    e = estimate(values[None])
    np.testing.assert_allclose([e.low, e.high], [values.mean() - half, values.mean() + half], atol=0.001)
    same = estimate(np.array([[0.7, 0.7]]))
    assert (same.low, same.high) == pytest.approx((0.7, 0.7))
