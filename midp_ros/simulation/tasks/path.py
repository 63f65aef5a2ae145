"""Paths to trace: drawn from a seed, as points at equal distances; imports core."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.core.arrays import Array

SPACING_M = 0.001
LENGTH_M = (0.5, 1.0)
LOW_M, HIGH_M = np.array([0.35, -0.22, 0.10]), np.array([0.65, 0.22, 0.30])
SLOPE = 0.1  # height of the 3-D wave over its length
TIGHTEST_M = 0.035  # smallest radius of a bend
HARMONICS = np.array([1.0, 2.0, 3.0])


def resample(points_m: ArrayLike, spacing_m: float = SPACING_M) -> Array:
    """The polyline's points at equal distances of about the spacing, both ends included (samples, 3)."""
    points = np.asarray(points_m, float)
    along_m = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    samples = max(2, round(along_m[-1] / spacing_m) + 1)
    at_m = np.linspace(0.0, along_m[-1], samples)
    return np.column_stack([np.interp(at_m, along_m, column) for column in points.T])


def random_path(rng: np.random.Generator) -> Array:
    """A smooth curve of 0.5 to 1 m, open or closed, level or gently waving, inside a box (samples, 3).

    Each coordinate is a Fourier series of three harmonics; half of the curves run through it once and close.
    """
    while True:
        angle = np.linspace(0.0, 2 * np.pi * rng.choice([1.0, rng.uniform(0.4, 0.8)]), 800)
        size = rng.normal(0.0, 1.0, (3, 3)) / HARMONICS**1.5 * np.array([[1.0], [1.0], [SLOPE]])
        phase = rng.uniform(-np.pi, np.pi, (3, 3))
        curve = np.stack(
            [s @ np.cos(np.outer(HARMONICS, angle) + p[:, None]) for s, p in zip(size, phase, strict=True)], axis=1
        )
        curve *= rng.uniform(*LENGTH_M) / np.linalg.norm(np.diff(curve, axis=0), axis=1).sum()
        room = HIGH_M - LOW_M - np.ptp(curve, axis=0)
        if (room > 0).all() and _tightest_m(curve) > TIGHTEST_M:
            return resample(curve - curve.min(axis=0) + LOW_M + room * rng.uniform(size=3))


def _tightest_m(curve: Array) -> float:
    """Smallest radius of curvature |r'|^3 / |r' x r''| of a curve sampled evenly in its parameter [m]."""
    speed = np.gradient(curve, axis=0)
    bend = np.linalg.norm(np.cross(speed, np.gradient(speed, axis=0)), axis=1)
    return float((np.linalg.norm(speed, axis=1) ** 3 / np.maximum(bend, 1e-15))[2:-2].min())
