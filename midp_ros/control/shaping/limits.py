"""Motion limits: the share of a robot's limits that commands may use; imports kinematics."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.kinematics.profile import RobotProfile

Flags = NDArray[np.bool_]
POSITION_ROOM_RAD = 1e-6  # to the ends of a joint's range
# Joints that obey a limit exactly differ from it by rounding.
ROUNDING_RAD, ROUNDING_RAD_S = 1e-12, 1e-11


class LimitError(MidpError):
    """Motion limits that no motion can keep."""


@dataclass(frozen=True)
class LimitFractions:
    """Shares of the robot's limits, each above 0 and at most 1."""

    velocity: float = 0.9
    acceleration: float = 0.9
    jerk: float = 0.5

    def __post_init__(self) -> None:
        for f in fields(self):
            if not 0 < (value := getattr(self, f.name)) <= 1:
                raise LimitError(f"{f.name} fraction must be above 0 and at most 1, got {value}")


class MotionLimits:
    """A robot's joint positions, and a fraction of its limits on velocity, acceleration and jerk.

    Attributes:
        position_min_rad, position_max_rad: (joints,).
        velocity_rad_s, acceleration_rad_s2, jerk_rad_s3: highest magnitudes (joints,).
    """

    def __init__(self, profile: RobotProfile, fractions: LimitFractions | None = None):
        fractions = fractions or LimitFractions()
        self._profile, self._velocity_fraction = profile, fractions.velocity
        self.position_min_rad = profile.position_min_rad + POSITION_ROOM_RAD
        self.position_max_rad = profile.position_max_rad - POSITION_ROOM_RAD
        self.velocity_rad_s = fractions.velocity * profile.velocity_max_rad_s
        self.acceleration_rad_s2 = fractions.acceleration * profile.acceleration_max_rad_s2
        self.jerk_rad_s3 = fractions.jerk * profile.jerk_max_rad_s3

    def velocity_range(self, position_rad: Array, highest_rad: Array | None = None) -> tuple[Array, Array]:
        """Lowest and highest joint velocity [rad/s] at joint positions [rad], both (..., joints); see the profile's."""
        slowest, fastest = self._profile.velocity_range(position_rad, highest_rad)
        return self._velocity_fraction * slowest, self._velocity_fraction * fastest

    def allow(self, low_rad: Array, high_rad: Array, slowest_rad_s: Array, fastest_rad_s: Array) -> Flags:
        """Which joints (..., joints) may move at each velocity of a range at each position of a range.

        The velocity limits fall towards the ends of a joint's range, so that its outermost positions decide.
        """
        down, up = self.velocity_range(low_rad, high_rad)
        flags: Flags = (slowest_rad_s >= down - ROUNDING_RAD_S) & (fastest_rad_s <= up + ROUNDING_RAD_S)
        return flags

    def contain(self, low_rad: Array, high_rad: Array, start_rad: Array) -> Flags:
        """Which joints (..., joints) stay within their positions; one that starts beyond them may only come back."""
        flags: Flags = (low_rad >= np.minimum(self.position_min_rad, start_rad) - ROUNDING_RAD) & (
            high_rad <= np.maximum(self.position_max_rad, start_rad) + ROUNDING_RAD
        )
        return flags
