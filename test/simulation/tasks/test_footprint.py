"""The coverage of the T agrees with closed forms and with counting points."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.pose import Pose, rotation_about_z
from midp_ros.simulation.tasks.footprint import area, clip, coverage
from midp_ros.simulation.tasks.push import BOXES


def lying(x, y, yaw=0.0):
    return Pose(np.array([x, y, 0.015]), rotation_about_z(yaw))


@pytest.mark.parametrize(
    ("x", "y", "share"),
    [
        (0.0, 0.0, 1.0),
        (0.01, 0.0, 1 - 0.01 * (0.04 + 0.12) / 0.0112),  # each row of the T loses what it is shifted by
        (0.0, -0.01, 1 - 0.01 * 0.16 / 0.0112),  # the columns of bar and stem together are as wide as the bar
        (0.0, 0.05, 0.04 * 0.11 / 0.0112),  # only its stem is left on the target
        (0.5, 0.0, 0.0),
    ],
)
def test_shifted(x, y, share):
    far = lying(0.4, 0.2, 1.1)  # where the target lies and how it is turned makes no difference
    assert coverage(BOXES, far @ lying(x, y), far) == pytest.approx(share, abs=1e-9)


def inside(points):
    return np.any([(np.abs(points - centre[:2]) <= half[:2]).all(axis=1) for half, centre in BOXES], axis=0)


@pytest.mark.parametrize("seed", range(6))
def test_counting_points_gives_the_same(seed):
    rng = np.random.default_rng(seed)
    block = lying(*rng.uniform(-0.05, 0.05, 2), rng.uniform(-np.pi, np.pi))
    points = rng.uniform(-0.11, 0.11, (200_000, 2))
    in_block = (points - block.position_m[:2]) @ block.rotation[:2, :2]
    share = (inside(points) & inside(in_block)).sum() / inside(points).sum()
    assert coverage(BOXES, block, lying(0.0, 0.0)) == pytest.approx(share, abs=0.01)


def test_clipping_a_square_by_a_turned_one_leaves_an_octagon():
    square = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
    diamond = [(0.0, -np.sqrt(2)), (np.sqrt(2), 0.0), (0.0, np.sqrt(2)), (-np.sqrt(2), 0.0)]
    octagon = clip(square, diamond)
    assert len(octagon) == 8
    assert area(octagon) == pytest.approx(8 * (np.sqrt(2) - 1))
    assert clip(square, [(x + 3.0, y) for x, y in square]) == []
