"""Quintic polynomials between two states, as linear maps of those states; imports core.

`ends` (..., 6, joints) are position [rad], velocity [rad/s] and acceleration [rad/s^2] at the start, then at the end.
A quintic is the motion of least squared jerk between two states (Flash and Hogan 1985, "The coordination of arm
movements").
"""

from __future__ import annotations

from math import comb

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import EXPONENTS, FACTORS


def state_map(duration_s: float, elapsed_s: float) -> Array:
    """Matrix (4, 6) from `ends` to position, velocity, acceleration and jerk [rad/s^3] at a time on the way."""
    return np.asarray(_derivatives(elapsed_s) @ _coefficients(duration_s))


def control_point_maps(duration_s: float) -> tuple[Array, Array, Array, Array]:
    """Matrices from `ends` to points between whose extremes position, velocity, acceleration and jerk stay all the way.

    The points are the Bezier control points (Farin 2002, "Curves and Surfaces for CAGD", section 5.2); the jerk's are
    taken for each half of the duration, where they lie closer. Shapes (6, 6), (5, 6), (4, 6) and (5, 6).
    """
    scaled = duration_s ** np.arange(6)[:, None] * _coefficients(duration_s)  # coefficients over [0, 1]
    binomial = np.array([[comb(n, k) for k in range(6)] for n in range(6)])
    position = binomial / binomial[5] @ scaled
    velocity = 5 / duration_s * np.diff(position, axis=0)
    acceleration = 4 / duration_s * np.diff(velocity, axis=0)
    jerk = 3 / duration_s * np.diff(acceleration, axis=0)
    between = (jerk[:-1] + jerk[1:]) / 2
    return position, velocity, acceleration, np.stack([jerk[0], between[0], between.mean(axis=0), between[1], jerk[2]])


def _derivatives(time_s: float) -> Array:
    """Matrix (4, 6) from coefficients to the motion and its derivatives."""
    jerk = np.array([[0, 0, 0, 6, 24 * time_s, 60 * time_s**2]])
    return np.concatenate([FACTORS * float(time_s) ** EXPONENTS, jerk])


def _coefficients(duration_s: float) -> Array:
    """Matrix (6, 6) from `ends` to the quintic's coefficients."""
    return np.asarray(np.linalg.inv(np.vstack([_derivatives(0.0)[:3], _derivatives(duration_s)[:3]])))
