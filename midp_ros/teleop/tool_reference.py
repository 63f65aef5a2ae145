"""Tool reference: the tool's target as a person moves it, with bounded speed and acceleration; imports core.

The robot's own limits are the shaper's concern. These bounds are the operator's: how fast the tool goes at most, and
how briskly it starts and stops.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation_vector, rotation_vector

RESERVE = 1.5  # of acceleration when a goal is approached, so that braking always succeeds
NO_BOX = np.full(3, np.inf)


@dataclass(frozen=True)
class ToolLimits:
    """Largest speeds and accelerations of the tool, and the box that it stays in (base frame)."""

    linear_m_s: float = 0.25
    angular_rad_s: float = 1.0
    linear_m_s2: float = 2.0
    angular_rad_s2: float = 8.0
    low_m: Array = field(default_factory=lambda: -NO_BOX)
    high_m: Array = field(default_factory=lambda: NO_BOX)


@dataclass(frozen=True)
class Drive:
    """A velocity for the tool in the base's axes: linear (3,) [m/s], angular (3,) [rad/s]."""

    linear_m_s: Array
    angular_rad_s: Array


REST = Drive(np.zeros(3), np.zeros(3))
Command = Drive | Pose


class ToolReference:
    """A tool pose that follows commands.

    Args:
        linear_m_s, angular_rad_s: velocity at the start (3,) each.
    """

    def __init__(
        self, limits: ToolLimits, pose: Pose, linear_m_s: Array | None = None, angular_rad_s: Array | None = None
    ):
        self._limits = limits
        self.pose = pose
        self.linear_m_s = np.zeros(3) if linear_m_s is None else linear_m_s
        self.angular_rad_s = np.zeros(3) if angular_rad_s is None else angular_rad_s

    @property
    def at_rest(self) -> bool:
        """Whether it does not move."""
        return not (self.linear_m_s.any() or self.angular_rad_s.any())

    def advance(self, command: Command, duration_s: float) -> Pose:
        """Its pose after a short time [s] of following a velocity or approaching a pose."""
        limits = self._limits
        if isinstance(command, Drive):
            linear, angular = command.linear_m_s, command.angular_rad_s
        else:
            offset = command.position_m - self.pose.position_m
            turn = rotation_vector(command.rotation @ self.pose.rotation.T)
            linear = _towards(offset, limits.linear_m_s, limits.linear_m_s2 / RESERVE, duration_s)
            angular = _towards(turn, limits.angular_rad_s, limits.angular_rad_s2 / RESERVE, duration_s)
        self.linear_m_s = _changed(self.linear_m_s, linear, limits.linear_m_s2 * duration_s)
        self.angular_rad_s = _changed(self.angular_rad_s, angular, limits.angular_rad_s2 * duration_s)
        if self.at_rest:
            return self.pose
        rotation = self.pose.rotation
        if self.angular_rad_s.any():
            rotation = matrix_from_rotation_vector(duration_s * self.angular_rad_s) @ rotation
        self.pose = Pose(self._inside(self.pose.position_m + duration_s * self.linear_m_s), rotation)
        return self.pose

    def ahead(self, command: Command, lasts_s: float, steps: int, step_s: float) -> list[Pose]:
        """The next poses, where the command ends after a while [s] and rest follows; this one does not move on."""
        if command is REST and self.at_rest:
            return [self.pose] * steps
        twin = ToolReference(self._limits, self.pose, self.linear_m_s, self.angular_rad_s)
        poses: list[Pose] = []
        while len(poses) < steps:
            now = command if len(poses) * step_s < lasts_s else REST
            if now is REST and twin.at_rest:
                return poses + [twin.pose] * (steps - len(poses))
            poses.append(twin.advance(now, step_s))
        return poses

    def keep_near(self, pose: Pose, distance_m: float, angle_rad: float) -> None:
        """Pulls it back to at most so far from a pose: a target that the arm cannot reach does not run away."""
        offset = self.pose.position_m - pose.position_m
        away_m = float(np.linalg.norm(offset))
        turn = rotation_vector(self.pose.rotation @ pose.rotation.T)
        away_rad = float(np.linalg.norm(turn))
        if away_m <= distance_m and away_rad <= angle_rad:
            return
        turn = turn * min(1.0, angle_rad / max(away_rad, 1e-9))
        position_m = pose.position_m + offset * min(1.0, distance_m / max(away_m, 1e-9))
        self.pose = Pose(position_m, matrix_from_rotation_vector(turn) @ pose.rotation)

    def _inside(self, position_m: Array) -> Array:
        """The nearest position in the box; a tool outside of it can only come nearer."""
        here, limits = self.pose.position_m, self._limits
        low, high = np.minimum(limits.low_m, here), np.maximum(limits.high_m, here)
        return np.minimum(np.maximum(position_m, low), high)


def _towards(offset: Array, speed: float, acceleration: float, duration_s: float) -> Array:
    """The velocity towards an offset, slow enough to stop there."""
    distance = float(np.linalg.norm(offset))
    if distance < 1e-9:
        return np.zeros(3)
    # Largest v with v * dt + v^2 / (2 a) <= distance.
    braking = acceleration * (np.sqrt(0.25 * duration_s**2 + 2 * distance / acceleration) - 0.5 * duration_s)
    return offset * (min(speed, braking, distance / duration_s) / distance)


def _changed(velocity: Array, wanted: Array, most: float) -> Array:
    """A velocity after a change of limited size."""
    change = wanted - velocity
    size = float(np.sqrt(change @ change))
    return wanted if size <= most else velocity + change * (most / size)
