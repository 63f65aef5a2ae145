"""Desired and actual state of the joints; imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.arrays import Array


@dataclass(frozen=True)
class TrackingState:
    """The content of FollowJointTrajectory's feedback: positions [rad], velocities [rad/s], each (joints,)."""

    time_s: float
    desired_position_rad: Array
    desired_velocity_rad_s: Array
    desired_acceleration_rad_s2: Array
    position_rad: Array
    velocity_rad_s: Array

    @property
    def position_error_rad(self) -> Array:
        """Desired minus actual."""
        return self.desired_position_rad - self.position_rad

    @property
    def velocity_error_rad_s(self) -> Array:
        """Desired minus actual."""
        return self.desired_velocity_rad_s - self.velocity_rad_s
