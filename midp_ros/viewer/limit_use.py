"""How much of a joint's limits is used; imports core and kinematics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics import RobotProfile


@dataclass(frozen=True)
class JointValues:
    """Measured joints, each (joints,); what is not known is NaN."""

    position_rad: Array
    velocity_rad_s: Array
    torque_nm: Array


@dataclass(frozen=True)
class LimitUse:
    """Used share of each joint's limits: 0 in the middle or at rest, 1 at the limit; each (joints,)."""

    position: Array
    velocity: Array
    torque: Array

    @classmethod
    def of(cls, joints: JointValues, profile: RobotProfile) -> LimitUse:
        """Of measured joints. The velocity's limits are those at the present position."""
        low, high = profile.position_min_rad, profile.position_max_rad
        middle, half = (low + high) / 2, (high - low) / 2
        slowest, fastest = profile.velocity_range(joints.position_rad)
        velocity = joints.velocity_rad_s
        limit = np.where(velocity < 0, -slowest, fastest)
        with np.errstate(divide="ignore", invalid="ignore"):
            speed = np.where(velocity == 0, 0.0, np.abs(velocity) / limit)
        return cls(np.abs(joints.position_rad - middle) / half, speed, np.abs(joints.torque_nm) / profile.torque_max_nm)
