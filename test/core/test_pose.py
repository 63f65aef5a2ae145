"""Rotations against scipy-free truths: Rodrigues' formula, group laws, round trips."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.pose import (
    Pose,
    angle_between,
    matrix_from_quaternion,
    matrix_from_rotation6,
    matrix_from_rotation_vector,
    quaternion_from_matrix,
    rotation6_from_matrix,
    rotation_vector,
    tool_down,
)


def random_rotations(count=200):
    rng = np.random.default_rng(0)
    return [matrix_from_quaternion(rng.normal(size=4)) for _ in range(count)]


def test_exponential_agrees_with_rodrigues():
    rng = np.random.default_rng(1)
    for _ in range(100):
        v = rng.normal(size=3)
        angle = np.linalg.norm(v)
        x, y, z = v / angle
        k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        rodrigues = np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k
        np.testing.assert_allclose(matrix_from_rotation_vector(v), rodrigues, atol=1e-12)


def test_quaternions_agree_with_pybullet():
    import pybullet

    for rotation in random_rotations():
        theirs = np.array(pybullet.getMatrixFromQuaternion(quaternion_from_matrix(rotation))).reshape(3, 3)
        np.testing.assert_allclose(theirs, rotation, atol=1e-9)


def test_round_trips():
    half_turns = [np.diag([1.0, -1, -1]), np.diag([-1.0, 1, -1]), np.diag([-1.0, -1, 1]), np.eye(3)]
    for rotation in random_rotations() + half_turns:
        np.testing.assert_allclose(matrix_from_quaternion(quaternion_from_matrix(rotation)), rotation, atol=1e-12)
        np.testing.assert_allclose(matrix_from_rotation6(rotation6_from_matrix(rotation)), rotation, atol=1e-12)
        np.testing.assert_allclose(matrix_from_rotation_vector(rotation_vector(rotation)), rotation, atol=1e-7)


def test_rotation6_is_orthonormalised():
    rotation = matrix_from_rotation6(np.array([2.0, 0, 0, 1.0, 3.0, 0]))
    np.testing.assert_allclose(rotation, np.eye(3), atol=1e-12)


def test_one_rotation6_gives_the_same_numbers_as_many():
    some = np.random.default_rng(2).normal(size=(300, 6))
    np.testing.assert_array_equal([matrix_from_rotation6(one) for one in some], matrix_from_rotation6(some))


def test_poses_form_a_group():
    rng = np.random.default_rng(2)
    a, b = (Pose(rng.normal(size=3), r) for r in random_rotations(2))
    identity = a @ a.inverse()
    np.testing.assert_allclose(identity.position_m, 0, atol=1e-12)
    np.testing.assert_allclose(identity.rotation, np.eye(3), atol=1e-12)
    point = np.array([0.1, 0.2, 0.3])
    moved = (a @ b).rotation @ point + (a @ b).position_m
    np.testing.assert_allclose(moved, a.rotation @ (b.rotation @ point + b.position_m) + a.position_m, atol=1e-12)


def test_angles():
    assert angle_between(tool_down(0.2), tool_down(0.5)) == pytest.approx(0.3)
    np.testing.assert_allclose(tool_down(1.0)[:, 2], [0, 0, -1], atol=1e-12)


@pytest.mark.parametrize("bad", [[0, 0, 0, 0], [np.nan, 0, 0, 1]])
def test_what_is_no_rotation_is_refused(bad):
    with pytest.raises(ValueError, match="not a rotation"):
        matrix_from_quaternion(bad)
    with pytest.raises(ValueError, match="not a rotation"):
        matrix_from_rotation6([*bad, 0, 0])
