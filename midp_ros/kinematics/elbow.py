"""Which way the elbow points, as libfranka says it; imports numpy only."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array

FLIP_RAD = -0.467002423653011  # q4 at which upper arm and forearm are in line; franka_hardware's documentation


def elbow(position_rad: Array) -> tuple[float, float]:
    """The third joint's position [rad], and the sign of the fourth's beyond the flip: +1, 0 or -1.

    (libfranka, franka/robot_state.h, `elbow`.)
    """
    return float(position_rad[2]), float(np.sign(position_rad[3] - FLIP_RAD))
