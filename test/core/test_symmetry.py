"""The cube's symmetry rule: equivalent orientations become one, which lies near the base's axes."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from midp_ros.core.pose import rotation_about_x, rotation_about_z
from midp_ros.core.symmetry import upright_cube


def cube_group() -> list[np.ndarray]:
    """The 24 proper rotations that take a cube onto itself."""
    signed = (
        np.eye(3)[list(p)] * np.array(s)[:, None] for p in permutations(range(3)) for s in product((1, -1), repeat=3)
    )
    return [m for m in signed if np.linalg.det(m) > 0]


@pytest.mark.parametrize("yaw_deg", [-170, -60, -44, 0, 30, 44, 91, 200])
def test_all_equivalent_orientations_become_one(yaw_deg: float) -> None:
    group = cube_group()
    assert len(group) == 24
    rotation = rotation_about_z(np.radians(yaw_deg)) @ rotation_about_x(np.radians(5.0))
    for turn in group:
        np.testing.assert_allclose(upright_cube(rotation @ turn), upright_cube(rotation), atol=1e-12)


@pytest.mark.parametrize("yaw_deg", range(-180, 180, 7))
def test_a_flat_cubes_yaw_is_within_45_degrees_and_equivalent_to_its_own(yaw_deg: float) -> None:
    found = upright_cube(rotation_about_z(np.radians(yaw_deg)))
    found_deg = np.degrees(np.arctan2(found[1, 0], found[0, 0]))
    assert abs(found_deg) <= 45.0 + 1e-9
    assert (found_deg - yaw_deg) % 90.0 == pytest.approx(0.0, abs=1e-6) or (
        found_deg - yaw_deg
    ) % 90.0 == pytest.approx(90.0)
    np.testing.assert_allclose(found[:, 2], [0, 0, 1], atol=1e-12)


def test_it_is_a_proper_rotation() -> None:
    rotation = rotation_about_x(2.0) @ rotation_about_z(0.7)
    found = upright_cube(rotation)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(found) == pytest.approx(1.0)
