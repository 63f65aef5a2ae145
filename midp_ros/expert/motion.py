"""Point-to-point motion of the tool with limited speed and acceleration; imports core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, magnitude, matrix_from_rotation_vector, rotation_vector


@dataclass(frozen=True)
class SpeedLimits:
    """How fast the tool moves: speeds and accelerations, linear and angular."""

    linear_m_s: float = 0.25
    linear_m_s2: float = 0.8
    angular_rad_s: float = 1.2
    angular_rad_s2: float = 4.0


class ToolMotion:
    """A tool pose that moves towards a goal which may change at every step: bounded speed, bounded change of speed."""

    def __init__(self, limits: SpeedLimits, step_s: float):
        self.limits = limits
        self._step_s = step_s
        self.pose: Pose | None = None
        self._linear_m_s = np.zeros(3)
        self._angular_rad_s = np.zeros(3)

    def copy(self) -> ToolMotion:
        """A twin that can look ahead without moving this one."""
        twin = ToolMotion(self.limits, self._step_s)
        twin.pose, twin._linear_m_s, twin._angular_rad_s = self.pose, self._linear_m_s, self._angular_rad_s
        return twin

    def restart(self, pose: Pose) -> None:
        """Continues from another pose at the present speed: after a push, or at the start."""
        self.pose = pose

    def advance(self, goal: Pose) -> Pose:
        """The pose one control step further on the way to the goal."""
        assert self.pose is not None, "restart() first"
        dt, limits = self._step_s, self.limits
        offset = goal.position_m - self.pose.position_m
        turn = rotation_vector(goal.rotation @ self.pose.rotation.T)
        self._linear_m_s = _approach(offset, self._linear_m_s, limits.linear_m_s, limits.linear_m_s2, dt)
        self._angular_rad_s = _approach(turn, self._angular_rad_s, limits.angular_rad_s, limits.angular_rad_s2, dt)
        self.pose = Pose(
            self.pose.position_m + dt * self._linear_m_s,
            matrix_from_rotation_vector(dt * self._angular_rad_s) @ self.pose.rotation,
        )
        return self.pose


def _approach(offset: Array, velocity: Array, speed: float, acceleration: float, dt: float) -> Array:
    """Velocity for the next step: towards the offset, slow enough to stop there, changed by no more than a * dt."""
    distance = magnitude(offset)
    # Largest v with v * dt + v^2 / (2 a) <= distance: it can still brake to rest at the goal.
    braking = acceleration * (np.sqrt(0.25 * dt * dt + 2 * distance / acceleration) - 0.5 * dt)
    wanted = min(speed, braking, distance / dt)
    change = (offset * (wanted / distance) if distance > 1e-9 else np.zeros(3)) - velocity
    size = magnitude(change)
    limit = 1.5 * acceleration * dt  # a little more than when planning, so that braking always succeeds
    return velocity + change * min(1.0, limit / size if size > 0 else 1.0)
