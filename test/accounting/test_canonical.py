"""Projections onto the most correlated directions."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.accounting.canonical import canonical_projections


def hidden(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x and y of many columns that share one direction, and that direction's values."""
    random = np.random.default_rng(seed)
    common = random.normal(size=2000)
    x, y = random.normal(size=(2, 2000, 8))
    x[:, 3] += 3 * common
    y[:, 5] += 3 * common
    return x, y, common


def test_the_common_direction_is_found() -> None:
    x, y, common = hidden()
    project_x, project_y = canonical_projections(x, y, 1)
    for found in (project_x(x)[:, 0], project_y(y)[:, 0]):
        assert abs(np.corrcoef(found, common)[0, 1]) > 0.9


def test_units_do_not_matter() -> None:
    x, y, _ = hidden()
    scales = np.logspace(-3, 3, 8)
    plain, scaled = canonical_projections(x, y, 2)[0](x), canonical_projections(x * scales + 5, y, 2)[0](x * scales + 5)
    assert np.abs(scaled) == pytest.approx(np.abs(plain), abs=1e-6)


def test_constant_columns_are_left_out() -> None:
    x, y, _ = hidden()
    x[:, 0], y[:, 1] = 0.0, 1e3
    project_x, project_y = canonical_projections(x, y, 3)
    assert np.isfinite(project_x(x)).all() and np.isfinite(project_y(y)).all()
    moved = x + np.eye(8)[0]
    assert project_x(moved) == pytest.approx(project_x(x))


def test_there_are_no_more_dimensions_than_columns() -> None:
    x, y, _ = hidden()
    assert canonical_projections(x, y[:, :2], 3)[1](y[:, :2]).shape == (2000, 2)
