"""How to come to rest from a moving state; imports core."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.joint_trajectory import JointTrajectory

Array = NDArray[np.float64]
DECELERATION_RAD_S2 = 5.0  # half of what an FR3 allows on every joint (Franka documentation, robot specifications)
SHORTEST_S = 0.02


def stopping_trajectory(
    time_s: float, position_rad: Array, velocity_rad_s: Array, deceleration_rad_s2: float = DECELERATION_RAD_S2
) -> JointTrajectory:
    """Brakes all joints along their present direction, at rest together: x = v T / 2 with T = max |v| / a."""
    duration_s = max(SHORTEST_S, float(np.abs(velocity_rad_s).max()) / deceleration_rad_s2)
    return JointTrajectory(
        np.array([time_s, time_s + duration_s]),
        np.stack([position_rad, position_rad + velocity_rad_s * duration_s / 2]),
        np.stack([velocity_rad_s, np.zeros_like(velocity_rad_s)]),
    )
