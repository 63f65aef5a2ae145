"""The stop after a reflex; imports kinematics' profile."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile


class StopTrajectory:
    """Every joint comes to rest by itself, x = v^2 / (2 a), at its highest acceleration, and holds.

    Where the joint's range ends sooner it brakes harder, just as hard as needed to rest at the end.

    Args:
        position_rad, velocity_rad_s: (joints,), where the stop begins. A joint beyond its range that moves on outwards
            holds at once.

    Attributes:
        duration_s: when the last joint is at rest.
    """

    def __init__(self, profile: RobotProfile, position_rad: Array, velocity_rad_s: Array):
        self._start_rad = np.array(position_rad, float)
        velocity = np.array(velocity_rad_s, float)
        end = np.where(velocity > 0, profile.position_max_rad, profile.position_min_rad)
        room = np.maximum(0.0, (end - self._start_rad) * np.sign(velocity))
        distance = np.minimum(velocity**2 / (2 * profile.acceleration_max_rad_s2), room)
        moves = distance > 0
        self._velocity_rad_s = np.where(moves, velocity, 0.0)
        self._times_s = np.divide(2 * distance, np.abs(velocity), out=np.zeros_like(distance), where=moves)
        self._deceleration_rad_s2 = np.divide(
            self._velocity_rad_s, self._times_s, out=np.zeros_like(distance), where=moves
        )
        self.duration_s = float(self._times_s.max())

    def sample(self, times_s: Array) -> tuple[Array, Array, Array]:
        """Positions [rad], velocities [rad/s], accelerations [rad/s^2], each (n, joints), at times (n,) since then."""
        t = np.minimum(np.asarray(times_s, float)[:, None], self._times_s)  # (n, joints)
        braking = t < self._times_s
        velocity = np.where(braking, self._velocity_rad_s - self._deceleration_rad_s2 * t, 0.0)
        position = self._start_rad + t * (self._velocity_rad_s - self._deceleration_rad_s2 * t / 2)
        return position, velocity, np.where(braking, -self._deceleration_rad_s2, 0.0)
