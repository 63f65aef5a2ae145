"""Limits on commanded joint positions and their differences over 1 ms; imports kinematics' profile."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.simulation.safety.violation import Violation

CYCLE_S = 1e-3  # Franka's control interface takes one command per millisecond
# A command counts as exact to ten roundings of a double of its size. Differences over 1 ms turn that into margins of
# 2e-11 rad/s, 4e-8 rad/s^2 and 8e-5 rad/s^3 (1.6e-8 of the limit), so that motion at the very limit passes.
ROUNDING_RAD = 1e-14
POSITION = "joint_motion_generator_position_limits_violation"
VELOCITY = "joint_motion_generator_velocity_limits_violation"
ACCELERATION = "joint_motion_generator_velocity_discontinuity"
JERK = "joint_motion_generator_acceleration_discontinuity"


class JointMotionLimits:
    """Judges commands by backward Euler: dq_k = (q_k - q_k-1) / T, and so on for acceleration and jerk.

    Velocity limits that depend on the position are taken at q_k-1, as libfranka's rate limiter takes them; so a
    motion within them at all times is within them here, too.

    Args:
        rounding_rad: to which a command is exact.
    """

    def __init__(self, profile: RobotProfile, rounding_rad: float = ROUNDING_RAD):
        self._profile, self._first_rad = profile, 2 * rounding_rad
        self._lowest_rad = profile.position_min_rad - rounding_rad
        self._highest_rad = profile.position_max_rad + rounding_rad
        self._second_rad = profile.acceleration_max_rad_s2 * CYCLE_S**2 + 4 * rounding_rad
        self._third_rad = profile.jerk_max_rad_s3 * CYCLE_S**3 + 8 * rounding_rad

    def first_violation(self, recent_rad: Array) -> Violation | None:
        """Judges finite commands (n + 3, joints) [rad]: three that were accepted before, then the batch of n."""
        commands = recent_rad[3:]
        first = recent_rad[1:] - recent_rad[:-1]
        second = first[1:] - first[:-1]
        third = second[1:] - second[:-1]
        slowest, fastest = self._profile.velocity_range(recent_rad[2:-1])
        checks = {
            POSITION: (commands >= self._lowest_rad) & (commands <= self._highest_rad),
            VELOCITY: (first[2:] >= CYCLE_S * slowest - self._first_rad)
            & (first[2:] <= CYCLE_S * fastest + self._first_rad),
            ACCELERATION: np.abs(second[1:]) <= self._second_rad,
            JERK: np.abs(third) <= self._third_rad,
        }
        good = checks[POSITION] & checks[VELOCITY] & checks[ACCELERATION] & checks[JERK]  # (n, joints)
        if good.all():
            return None
        index = int(np.argmin(good.all(axis=1)))
        failed = {error: ~passed[index] for error, passed in checks.items() if not passed[index].all()}
        error, joints = next(iter(failed.items()))
        joint = int(np.argmax(joints))
        # Both bounds of the velocity; the violated one is on the side of the motion.
        bound = (fastest if first[2 + index, joint] > 0 else slowest)[index, joint]
        values = commands[index, joint], first[2 + index, joint], second[1 + index, joint], third[index, joint]
        return Violation(index, frozenset(failed), self._sentence(error, joint, values, bound))

    def _sentence(self, error: str, joint: int, values: tuple[float, ...], velocity_bound: float) -> str:
        """A sentence about one joint, from its position and differences in one cycle [rad]."""
        position, first, second, third = values
        profile = self._profile
        name = profile.joint_names[joint]
        low, high = profile.position_min_rad[joint], profile.position_max_rad[joint]
        return {
            POSITION: f"{name} was commanded to {position:.6g} rad; its range is {low:g} to {high:g} rad",
            VELOCITY: f"{name} was commanded to move at {first / CYCLE_S:.6g} rad/s at {position:.4g} rad; "
            f"the limit there is {velocity_bound:.6g} rad/s",
            ACCELERATION: f"{name} was commanded to accelerate by {second / CYCLE_S**2:.6g} rad/s^2; "
            f"the limit is {profile.acceleration_max_rad_s2[joint]:g} rad/s^2",
            JERK: f"{name} was commanded to jerk by {third / CYCLE_S**3:.6g} rad/s^3; "
            f"the limit is {profile.jerk_max_rad_s3[joint]:g} rad/s^3",
        }[error]
