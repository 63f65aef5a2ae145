"""Time-optimal motion to a moving target within constant limits, by ruckig; imports control's limits."""

from __future__ import annotations

import numpy as np
import ruckig

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.core.arrays import Array

# Ruckig switches the jerk anywhere within a period. The quintic between the states at a period's ends then jerks up to
# 2.18 times as hard, integral of |30 s^2 - 24 s + 3| over 0 .. 1, and overshoots accelerations and velocities.
JERK_SHARE, ACCELERATION_SHARE, VELOCITY_SHARE = 1 / 2.18, 0.9, 0.99
SLOWEST_RAD_S = 0.01  # ruckig refuses a velocity limit of zero


class TimeOptimal:
    """Plans anew every period; joints do not wait for each other.

    Attributes:
        acceleration_rad_s2, jerk_rad_s3: the limits that it plans with (joints,).
    """

    def __init__(self, limits: MotionLimits, period_s: float):
        joints = len(limits.velocity_rad_s)
        self._limits, self._period_s = limits, period_s
        self.acceleration_rad_s2 = ACCELERATION_SHARE * limits.acceleration_rad_s2
        self.jerk_rad_s3 = JERK_SHARE * limits.jerk_rad_s3
        self._ruckig = ruckig.Ruckig(joints, period_s)
        self._input = ruckig.InputParameter(joints)
        self._input.synchronization = ruckig.Synchronization.No
        self._input.max_acceleration = self.acceleration_rad_s2
        self._input.max_jerk = self.jerk_rad_s3
        self._trajectory = ruckig.Trajectory(joints)

    def next(self, state: Array, target: Array, rest_rad: Array) -> Array | None:
        """The state (3, joints) one period later, or None where ruckig finds no motion.

        Args:
            state: position [rad], velocity [rad/s] and acceleration [rad/s^2] now (3, joints).
            target: position and velocity to arrive with (2, joints); clipped to the limits.
            rest_rad: where the joints would come to rest (joints,); a velocity allowed there is allowed on the way.
        """
        limits, inputs = self._limits, self._input
        position = target[0].clip(limits.position_min_rad, limits.position_max_rad)
        slowest, fastest = VELOCITY_SHARE * np.stack(limits.velocity_range(np.stack([rest_rad, position])))
        low, high = np.minimum(slowest[0], -SLOWEST_RAD_S), np.maximum(fastest[0], SLOWEST_RAD_S)
        # At half the deceleration a joint that arrives there comes to rest within its range.
        up = np.sqrt(self.acceleration_rad_s2 * (limits.position_max_rad - position))
        down = np.sqrt(self.acceleration_rad_s2 * (position - limits.position_min_rad))
        velocity = target[1].clip(np.maximum(slowest[1], -down), np.minimum(fastest[1], up)).clip(low, high)
        inputs.current_position, inputs.current_velocity, inputs.current_acceleration = state
        inputs.target_position, inputs.target_velocity = position, velocity
        inputs.min_velocity, inputs.max_velocity = low, high
        try:
            result = self._ruckig.calculate(inputs, self._trajectory)
        except ruckig.RuckigError:
            return None
        if result not in (ruckig.Result.Working, ruckig.Result.Finished):
            return None
        return np.array(self._trajectory.at_time(self._period_s))
