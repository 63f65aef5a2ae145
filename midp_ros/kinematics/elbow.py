"""The direction in which the elbow points, as libfranka gives it; imports numpy only."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile_parts import ElbowJoints


def elbow(joints: ElbowJoints, position_rad: Array) -> tuple[float, float]:
    """One joint's position [rad], and the sign of another's beyond the flip: +1, 0 or -1.

    (libfranka, franka/robot_state.h, `elbow`: joints 3 and 4.)
    """
    beyond_rad = position_rad[joints.sign_joint - 1] - joints.flip_rad
    return float(position_rad[joints.position_joint - 1]), float(np.sign(beyond_rad))
