"""A path of straight lines through joint space with rounded corners; imports numpy only.

About a corner the path's direction turns from one line's to the other's by a smooth step, so that a motion of constant
speed along it has a continuous acceleration:

    q'(x) = u1 + (u2 - u1) S(x),  S(x) = 3 x^2 - 2 x^3,  x = 0 .. 1 over the length 2 d.

The rounding leaves the first line d before the corner and joins the second d behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array

LARGEST_SHARE = 0.45  # of the shorter line, that a rounding takes
LARGEST_RAD = 0.4
HALVINGS = 8  # of a rounding that is not clear; then the motion stops at the corner
TURN_PEAK, TURN_RATE_PEAK = 1.5, 6.0  # of S' and |S''|


@dataclass(frozen=True)
class Corner:
    """One rounded corner; with `half_rad` 0 the motion stops at it.

    Attributes:
        place_rad: the waypoint (joints,).
        before, behind: unit directions of the lines (joints,).
        half_rad: length of the rounding on each of the two lines.
    """

    place_rad: Array
    before: Array
    behind: Array
    half_rad: float

    def position_rad(self, way_rad: float) -> Array:
        """At a length along the rounding, 0 to 2 half_rad (joints,)."""
        return self.state(way_rad, 1.0)[0]

    def state(self, way_rad: float, speed_rad_s: float) -> tuple[Array, Array, Array]:
        """Position, velocity and acceleration (joints,) at a length along the rounding, at a constant speed."""
        length = 2 * self.half_rad
        x = way_rad / length
        turned = x**3 - x**4 / 2  # the integral of S
        turn = self.behind - self.before
        position = self.place_rad + (way_rad - self.half_rad) * self.before + length * turned * turn
        velocity = speed_rad_s * (self.before + (3 * x**2 - 2 * x**3) * turn)
        return position, velocity, speed_rad_s**2 * 6 * x * (1 - x) / length * turn

    @property
    def rate(self) -> Array:
        """Largest change of each joint for a length of 1 (joints,)."""
        return np.maximum(np.abs(self.before), np.abs(self.behind))

    def highest_speed(self, velocity: Array, acceleration: Array, jerk: Array) -> float:
        """The constant speed [rad/s] at which no joint exceeds its limits (joints,)."""
        if not self.half_rad:
            return 0.0
        turn, length = np.abs(self.behind - self.before), 2 * self.half_rad
        with np.errstate(divide="ignore"):
            return float(
                min(
                    (velocity / self.rate).min(),
                    np.sqrt(acceleration * length / (TURN_PEAK * turn)).min(),
                    np.cbrt(jerk * length**2 / (TURN_RATE_PEAK * turn)).min(),
                )
            )


Clear = Callable[[Callable[[float], Array], Array, float], bool]


@dataclass(frozen=True)
class RoundedPath:
    """Lines with a corner between each two.

    Attributes:
        waypoints_rad: (points, joints), two at least.
        directions: unit directions of the lines (points - 1, joints).
        lengths_rad: of the lines with what the roundings take (points - 1,).
        corners: (points - 2).
    """

    waypoints_rad: Array
    directions: Array
    lengths_rad: Array
    corners: tuple[Corner, ...]


def rounded(waypoints_rad: Array, clear: Clear) -> RoundedPath:
    """The path through waypoints, its corners as round as is clear.

    Args:
        clear: judges a curve: from its length to joint positions, with each joint's largest rate and its length.
    """
    ways_rad = np.diff(waypoints_rad, axis=0)
    lengths_rad = np.linalg.norm(ways_rad, axis=1)
    directions = ways_rad / lengths_rad[:, None]
    corners = []
    for number in range(len(lengths_rad) - 1):
        half_rad = min(LARGEST_RAD, LARGEST_SHARE * float(lengths_rad[number : number + 2].min()))
        for _ in range(HALVINGS):
            corner = Corner(waypoints_rad[number + 1], directions[number], directions[number + 1], half_rad)
            if clear(corner.position_rad, corner.rate, 2 * half_rad):
                break
            half_rad /= 2
        else:
            corner = Corner(waypoints_rad[number + 1], directions[number], directions[number + 1], 0.0)
        corners.append(corner)
    return RoundedPath(waypoints_rad, directions, lengths_rad, tuple(corners))
