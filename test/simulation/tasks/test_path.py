"""Paths: even points, smooth curves of the right length, and files that are refused with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.simulation.tasks.path import HIGH_M, LENGTH_M, LOW_M, random_path, resample


def test_points_lie_evenly_on_a_circle():
    angle = np.cumsum(np.random.default_rng(0).uniform(0.001, 0.02, 700))
    angle = angle[angle < 2 * np.pi]
    even = resample(0.1 * np.column_stack([np.cos(angle), np.sin(angle), 0 * angle]), 0.002)
    np.testing.assert_allclose(np.linalg.norm(np.diff(even, axis=0), axis=1), 0.002, rtol=0.02)
    np.testing.assert_allclose(np.linalg.norm(even, axis=1), 0.1, atol=1e-5)
    assert len(even) == pytest.approx(0.1 * (angle[-1] - angle[0]) / 0.002, abs=2)


@pytest.mark.slow
def test_random_paths_are_long_smooth_and_inside_their_box():
    rng = np.random.default_rng(1)
    closed = []
    for _ in range(30):
        path = random_path(rng)
        steps = np.diff(path, axis=0)
        length_m = np.linalg.norm(steps, axis=1).sum()
        assert LENGTH_M[0] - 0.01 < length_m < LENGTH_M[1] + 0.01
        assert (path >= LOW_M - 1e-9).all() and (path <= HIGH_M + 1e-9).all()
        heading = steps / np.linalg.norm(steps, axis=1, keepdims=True)
        turn_rad = np.arccos(np.clip((heading[10:] * heading[:-10]).sum(axis=1), -1, 1))
        assert turn_rad.max() < 0.01 / 0.030, "no bend is tighter than about 3.5 cm"
        closed.append(np.linalg.norm(path[0] - path[-1]) < 0.002)
    assert 5 < sum(closed) < 25
