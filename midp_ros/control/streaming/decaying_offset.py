"""A difference between two motions that is worn down to nothing, as fast as its limits allow (ruckig); imports core."""

from __future__ import annotations

import numpy as np
import ruckig

from midp_ros.core.arrays import Array

NEGLIGIBLE_RAD = 1e-9


class DecayingOffset:
    """None at first; what is added joins what is left of the earlier ones. Each joint is as fast as it can be.

    Args:
        velocity_rad_s, acceleration_rad_s2, jerk_rad_s3: highest magnitudes (joints,). An offset that changes faster
            when it is added is slowed down first.
    """

    def __init__(self, velocity_rad_s: Array, acceleration_rad_s2: Array, jerk_rad_s3: Array):
        joints = len(velocity_rad_s)
        self._ruckig, self._input = ruckig.Ruckig(joints), ruckig.InputParameter(joints)
        self._input.synchronization = ruckig.Synchronization.No
        self._input.max_velocity, self._input.max_acceleration = velocity_rad_s, acceleration_rad_s2
        self._input.max_jerk = jerk_rad_s3
        self._way, self._start_s = ruckig.Trajectory(joints), 0.0
        self._none = np.zeros((3, joints))
        self._present = False

    def clear(self) -> None:
        """Nothing is left."""
        self._present = False

    def add(self, time_s: float, offset_rad: Array, offset_rad_s: Array) -> None:
        """From now [s] on there is so much more to wear down, position [rad] and velocity [rad/s] (joints,)."""
        state = self.left(time_s)
        state[:2] += offset_rad, offset_rad_s
        inputs = self._input
        inputs.current_position, inputs.current_velocity, inputs.current_acceleration = state
        self._present = bool(np.abs(state).max() > NEGLIGIBLE_RAD)
        if self._present:
            self._ruckig.calculate(inputs, self._way)  # from everywhere there is a way to nothing
            self._start_s = time_s

    def left(self, time_s: float) -> Array:
        """Position [rad], velocity [rad/s] and acceleration [rad/s^2] at a time since the last `add` (3, joints)."""
        passed_s = time_s - self._start_s
        if not self._present or passed_s >= self._way.duration:
            self._present = False
            return self._none.copy()
        return np.array(self._way.at_time(max(0.0, passed_s)))
