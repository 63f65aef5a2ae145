"""A motion from rest to rest, all joints synchronised; imports nothing of ours."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array

NEGLIGIBLE_RAD = 1e-6


class SynchronisedMotion:
    """Joints that start and arrive together, each at a cruising velocity with smooth ramps.

    On the ramps the velocity follows v (3 u^2 - 2 u^3), u = t / T_ramp, whose steepest slope is the acceleration limit:
    T_ramp = 1.5 v / a (Khalil and Dombre 2002, "Modeling, Identification and Control of Robots", section 13.3), as in
    Franka's own motion generators.

    Args:
        start_rad, goal_rad: (joints,).
        velocity_max_rad_s, acceleration_max_rad_s2: (joints,); the slowest joint uses its limits, the others less
            velocity.
    """

    def __init__(self, start_rad: Array, goal_rad: Array, velocity_max_rad_s: Array, acceleration_max_rad_s2: Array):
        self._start_rad = np.array(start_rad, float)
        self._way_rad = np.asarray(goal_rad, float) - self._start_rad
        self._way_rad[np.abs(self._way_rad) < NEGLIGIBLE_RAD] = 0.0
        a = acceleration_max_rad_s2
        far = np.abs(self._way_rad)
        v = np.minimum(velocity_max_rad_s, np.sqrt(far * a / 1.5))  # a short motion has no cruise
        self.duration_s = float(np.max(1.5 * v / a + far / np.maximum(v, NEGLIGIBLE_RAD)))
        # Arriving together: 1.5 v^2 / a - duration v + far = 0.
        root = np.sqrt(np.maximum(self.duration_s**2 - 6 * far / a, 0.0))
        v = (self.duration_s - root) * a / 3
        self._velocity_rad_s = np.sign(self._way_rad) * v
        self._ramp_s = np.where(far > 0, 1.5 * v / a, 1.0)

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Positions [rad], velocities [rad/s] and accelerations [rad/s^2] (times, joints) at times since the start."""
        t = np.asarray(times_s, float)[..., None]
        v, ramp_s = self._velocity_rad_s, self._ramp_s
        u = np.clip(t / ramp_s, 0.0, 1.0)
        w = np.clip((self.duration_s - t) / ramp_s, 0.0, 1.0)
        ramped_s = ramp_s * (u**3 * (1 - u / 2) + 0.5 - w**3 * (1 - w / 2))
        cruised_s = np.clip(t, ramp_s, self.duration_s - ramp_s) - ramp_s
        velocity = v * (u * u * (3 - 2 * u) + w * w * (3 - 2 * w) - 1)
        acceleration = 6 * v / ramp_s * (u * (1 - u) - w * (1 - w))
        return self._start_rad + v * (ramped_s + cruised_s), velocity, acceleration
