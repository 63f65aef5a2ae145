"""The fastest motion of some joints from rest to rest within constant limits (ruckig); imports core and ruckig."""

from __future__ import annotations

import numpy as np
from ruckig import InputParameter, Result, Ruckig, Trajectory

from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError


class RestToRest:
    """From `start_rad` to `goal_rad` (joints,), all joints arriving together.

    Args:
        velocity_rad_s: highest velocities (joints,).
        acceleration_rad_s2: highest accelerations (joints,).
        jerk_rad_s3: highest jerks (joints,).

    Attributes:
        duration_s: until all joints rest.

    Raises:
        CommandError: ruckig finds no such motion.
    """

    def __init__(
        self, start_rad: Array, goal_rad: Array, velocity_rad_s: Array, acceleration_rad_s2: Array, jerk_rad_s3: Array
    ):
        joints = len(goal_rad)
        wanted = InputParameter(joints)
        wanted.current_position, wanted.target_position = start_rad.tolist(), goal_rad.tolist()
        wanted.max_velocity, wanted.max_acceleration = velocity_rad_s.tolist(), acceleration_rad_s2.tolist()
        wanted.max_jerk = jerk_rad_s3.tolist()
        self._motion = Trajectory(joints)
        try:
            found = Ruckig(joints).calculate(wanted, self._motion) in (Result.Working, Result.Finished)
        except ValueError:  # a result that ruckig's own enumeration lacks
            found = False
        if not found:
            raise CommandError(f"no motion from {start_rad.tolist()} to {goal_rad.tolist()} that ruckig can plan")
        self.duration_s = float(self._motion.duration)

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Position, velocity and acceleration (times, joints) at times since the start; the goal is held afterwards."""
        rows = [self._motion.at_time(max(0.0, float(t))) for t in times_s]
        position, velocity, acceleration = (np.array(values) for values in zip(*rows, strict=True))
        return position, velocity, acceleration
