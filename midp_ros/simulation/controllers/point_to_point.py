"""A joint motion from rest to rest within the robot's limits (ruckig), as `ptp_motion` does; imports core."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from ruckig import InputParameter, Result, Ruckig, Trajectory

from midp_ros.core.errors import CommandError
from midp_ros.kinematics import RobotProfile

Array = NDArray[np.float64]
SHARE_OF_LIMITS = 0.5  # of acceleration and jerk; the speed is the caller's


class PointToPoint:
    """Joint positions from `start_rad` to `goal_rad`, both (7,), all joints arriving together.

    Args:
        time_s: when it starts.
        speed_rad_s: highest joint velocities (7,), cut at the profile's.

    Raises:
        CommandError: a goal or speeds that the arm does not have, or no motion between the two.
    """

    def __init__(self, profile: RobotProfile, time_s: float, start_rad: Array, goal_rad: Array, speed_rad_s: Array):
        _check(profile, goal_rad, speed_rad_s)
        planned = InputParameter(len(goal_rad))
        planned.current_position, planned.target_position = start_rad.tolist(), goal_rad.tolist()
        planned.max_velocity = np.minimum(speed_rad_s, SHARE_OF_LIMITS * profile.velocity_max_rad_s).tolist()
        planned.max_acceleration = (SHARE_OF_LIMITS * profile.acceleration_max_rad_s2).tolist()
        planned.max_jerk = (SHARE_OF_LIMITS * profile.jerk_max_rad_s3).tolist()
        self._motion = Trajectory(len(goal_rad))
        try:
            found = Ruckig(len(goal_rad)).calculate(planned, self._motion) in (Result.Working, Result.Finished)
        except ValueError:  # a result that ruckig's own enumeration lacks
            found = False
        if not found:
            raise CommandError(f"no motion from {start_rad.tolist()} to {goal_rad.tolist()} that ruckig can plan")
        self.goal_rad, self._start_s = goal_rad, time_s
        self.end_s = time_s + self._motion.duration

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Position, velocity and acceleration (times, 7); the goal is held afterwards."""
        rows = [self._motion.at_time(max(0.0, float(t) - self._start_s)) for t in times_s]
        position, velocity, acceleration = (np.array(values) for values in zip(*rows, strict=True))
        return position, velocity, acceleration


def _check(profile: RobotProfile, goal_rad: Array, speed_rad_s: Array) -> None:
    joints = len(profile.joint_names)
    for what, values in (("goal", goal_rad), ("velocities", speed_rad_s)):
        if values.shape != (joints,) or not np.isfinite(values).all():
            raise CommandError(f"PTP motion's {what} must be {joints} finite numbers, got {values.tolist()}")
    if ((goal_rad < profile.position_min_rad) | (goal_rad > profile.position_max_rad)).any():
        raise CommandError(f"PTP motion's goal {goal_rad.tolist()} is beyond the joints' positions")
    if (speed_rad_s <= 0).any():
        raise CommandError(f"PTP motion's velocities must be positive, got {speed_rad_s.tolist()}")
