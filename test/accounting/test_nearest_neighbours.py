"""Mutual information by nearest neighbours, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.accounting.nearest_neighbours import contributions, distances


def correlated(information_nat: float, samples: int, dimensions: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Gaussians x, y (samples, dimensions) with this mutual information, and their correlation."""
    rho = float(np.sqrt(1 - np.exp(-2 * information_nat / dimensions)))
    x, noise = np.random.default_rng(0).normal(size=(2, samples, dimensions))
    return x, rho * x + np.sqrt(1 - rho**2) * noise, rho


def estimated(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Contributions of all samples, each compared with all others."""
    d_x, d_y = distances(x, x), distances(y, y)
    others = ~np.eye(len(x), dtype=bool)
    return contributions(*(d[others].reshape(len(x), -1) for d in (d_x, d_y)))


@pytest.mark.parametrize(
    ("dimensions", "information_nat", "tolerance_nat"),
    # Large information in three dimensions is underestimated, as neighbours are far (Kraskov et al. 2004, section III).
    [(1, 0.0, 0.08), (1, 0.5, 0.08), (1, 1.5, 0.1), (3, 0.0, 0.08), (3, 0.5, 0.1), (3, 1.5, 0.3)],
)
def test_gaussians_have_the_closed_form_information(
    dimensions: int, information_nat: float, tolerance_nat: float
) -> None:
    x, y, _ = correlated(information_nat, 1000, dimensions)
    assert estimated(x, y).mean() == pytest.approx(information_nat, abs=tolerance_nat)


def test_each_contribution_estimates_the_density_ratio() -> None:
    x, y, rho = correlated(1.0, 1000, 1)
    ratio = -0.5 * np.log(1 - rho**2) - (rho**2 * (x**2 + y**2) - 2 * rho * x * y) / (2 * (1 - rho**2))
    assert np.corrcoef(estimated(x, y), ratio[:, 0])[0, 1] > 0.85


def test_a_common_scale_and_shifts_do_not_matter() -> None:
    x, y, _ = correlated(1.0, 300, 2)
    assert estimated(1000 * x - 7, 1000 * y + 3) == pytest.approx(estimated(x, y))


def test_repeated_values_count_as_a_discrete_channel() -> None:
    # y equals one of four letters, as x does: log 4; independent letters: 0.
    letters = np.random.default_rng(0).integers(0, 4, (2, 800, 1)).astype(float)
    assert estimated(letters[0], letters[0]).mean() == pytest.approx(np.log(4), abs=0.02)
    assert estimated(letters[0], letters[1]).mean() == pytest.approx(0.0, abs=0.02)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="7 samples to compare with; need more than 7"):
        contributions(np.ones((1, 7)), np.ones((1, 7)))
