"""A joint motion from rest to rest within the robot's limits, as `ptp_motion` does; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.kinematics import RestToRest, RobotProfile

SHARE_OF_LIMITS = 0.5  # of acceleration and jerk; the speed is the caller's


class PointToPoint:
    """Joint positions from `start_rad` to `goal_rad`, both (joints,), all joints arriving together.

    Args:
        time_s: when it starts.
        speed_rad_s: highest joint velocities (joints,), cut at the profile's.

    Raises:
        CommandError: a goal or speeds beyond the arm's, or no motion between the two.
    """

    def __init__(self, profile: RobotProfile, time_s: float, start_rad: Array, goal_rad: Array, speed_rad_s: Array):
        _check(profile, goal_rad, speed_rad_s)
        self._motion = RestToRest(
            start_rad,
            goal_rad,
            np.minimum(speed_rad_s, SHARE_OF_LIMITS * profile.velocity_max_rad_s),
            SHARE_OF_LIMITS * profile.acceleration_max_rad_s2,
            SHARE_OF_LIMITS * profile.jerk_max_rad_s3,
        )
        self._start_s, self.end_s = time_s, time_s + self._motion.duration_s

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Position, velocity and acceleration (times, joints); the goal is held afterwards."""
        return self._motion.sample(times_s - self._start_s)


def _check(profile: RobotProfile, goal_rad: Array, speed_rad_s: Array) -> None:
    joints = len(profile.joint_names)
    for what, values in (("goal", goal_rad), ("velocities", speed_rad_s)):
        if values.shape != (joints,) or not np.isfinite(values).all():
            raise CommandError(f"PTP motion's {what} must be {joints} finite numbers, got {values.tolist()}")
    if ((goal_rad < profile.position_min_rad) | (goal_rad > profile.position_max_rad)).any():
        raise CommandError(f"PTP motion's goal {goal_rad.tolist()} is beyond the joints' positions")
    if (speed_rad_s <= 0).any():
        raise CommandError(f"PTP motion's velocities must be positive, got {speed_rad_s.tolist()}")
