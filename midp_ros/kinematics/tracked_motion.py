"""A joint motion along a chunk, computed only as far as it is sampled; imports core."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import SAME_TIME_S, JointTrajectory, central_velocities


class TrackedMotion:
    """The `JointTrajectory` through all of its points, computed point by point as far as a sample needs.

    Args:
        time_s: of all points (points,), strictly increasing [s].
        position_rad, velocity_rad_s: state at the first point, each (joints,).
        follow: from a point's number, from 1 on, and the previous point's position to its own position [rad].

    Attributes:
        time_s: of all points (points,) [s].
    """

    def __init__(
        self, time_s: Array, position_rad: Array, velocity_rad_s: Array, follow: Callable[[int, Array], Array]
    ):
        self.time_s, self._follow = time_s, follow
        self._positions_rad = [position_rad]
        self._known = JointTrajectory(time_s[:1], position_rad[None], velocity_rad_s[None])

    @property
    def position_rad(self) -> Array:
        """Of all points (points, joints)."""
        return self.whole().position_rad

    def states(self, time_s: float | Array) -> Array:
        """As JointTrajectory's (..., 3, joints)."""
        self.reach(float(np.max(time_s)))
        return self._known.states(time_s)

    def reach(self, time_s: float) -> None:
        """Computes the points up to a time [s]."""
        self._know(int(np.searchsorted(self.time_s, time_s + SAME_TIME_S)) + 1)

    def whole(self) -> JointTrajectory:
        """The whole trajectory."""
        self._know(len(self.time_s))
        return self._known

    def _know(self, points: int) -> None:
        """Computes at least so many points; the last one's velocity, a central difference, takes a further point."""
        points = min(points, len(self.time_s))
        if points <= len(self._known.time_s):
            return
        while len(self._positions_rad) < min(points + 1, len(self.time_s)):
            self._positions_rad.append(self._follow(len(self._positions_rad), self._positions_rad[-1]))
        position_rad = np.array(self._positions_rad)
        time_s = self.time_s[: len(position_rad)]
        velocity_rad_s = central_velocities(time_s, position_rad, self._known.velocity_rad_s[0])
        self._known = JointTrajectory(time_s[:points], position_rad[:points], velocity_rad_s[:points])
