"""Start motion: the slow way from rest to a skill's start pose; imports control's shaping and kinematics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.shaping.limits import LimitFractions, MotionLimits
from midp_ros.control.shaping.shaped_motion import shaped_trajectory
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice, resting
from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics.position_range import outside
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.kinematics.rest_to_rest import RestToRest

PERIOD_S = 0.01
LEAD_S = 0.5
SAME_RAD = 0.01  # more than a joint impedance at rest is away from where it should be
CLOSE_RAD = 0.03  # a joint impedance leaves some milliradians


def start_motion(
    profile: RobotProfile, time_s: float, start_rad: Array, goal_rad: Array, fraction: float
) -> JointTrajectory:
    """The motion from rest to rest, all joints arriving together, at a fraction of the robot's limits to within 5 %.

    For LEAD_S it stays where it is, so that a controller that receives it meanwhile joins it at rest.

    Args:
        time_s: the present [s].
        start_rad, goal_rad: (joints,).
        fraction: above 0 and at most 1.

    Returns:
        Points at every period, with accelerations.

    Raises:
        CommandError: the goal is not within the joints' positions, or no motion was found.
    """
    limits = MotionLimits(profile, LimitFractions(fraction, fraction, fraction))
    _require_inside(profile, limits, goal_rad)
    motion = RestToRest(start_rad, goal_rad, limits.velocity_rad_s, limits.acceleration_rad_s2, limits.jerk_rad_s3)
    steps = max(2, int(np.ceil(motion.duration_s / PERIOD_S)) + 1)
    passed_s = PERIOD_S * np.arange(steps, dtype=np.float64)
    q, v, a = motion.sample(passed_s)
    begin_s, still = time_s + LEAD_S, np.zeros_like(start_rad)
    desired = JointTrajectory(begin_s + passed_s, q, v, a)
    # Towards the ends of the joints' ranges an FR3 may move slower than ruckig assumes.
    shaped = shaped_trajectory(desired, begin_s, (start_rad, still, still), CommandShaper(profile, PERIOD_S))
    return TrajectorySplice(begin_s, (start_rad, still, still), resting(time_s, start_rad)).complete(shaped)


def held_before(motion: JointTrajectory) -> JointTrajectory:
    """A motion from rest that first stays where it is for LEAD_S, from time 0 on, as `start_motion` does."""
    begun = replace(motion, time_s=LEAD_S + motion.time_s)
    start_rad = motion.position_rad[0]
    still = np.zeros_like(start_rad)
    return TrajectorySplice(LEAD_S, (start_rad, still, still), resting(0.0, start_rad)).complete(begun)


def _require_inside(profile: RobotProfile, limits: MotionLimits, goal_rad: Array) -> None:
    if goal_rad.shape != (profile.joints,):
        raise CommandError(
            f"start pose has {len(goal_rad)} joint positions, the {profile.name} has {profile.joints} joints"
        )
    if found := outside(profile, goal_rad, limits.position_min_rad, limits.position_max_rad):
        raise CommandError(f"start pose is not within the {profile.name}'s limits: {found}")


def departure(measured_rad: Array, desired_rad: Array | None) -> Array:
    """Where a motion begins (joints,): at the robot's desired position where there is one near the measured one.

    A position interface refuses a step from there, however small, as a discontinuity; effort interfaces do not mind.
    """
    if desired_rad is None or not np.abs(desired_rad - measured_rad).max() < SAME_RAD:
        return measured_rad
    return desired_rad


def arrived(position_rad: Array | None, goal_rad: Array) -> bool:
    """Whether the measured joints are close enough to the goal (joints,)."""
    return position_rad is not None and bool(np.abs(position_rad - goal_rad).max() < CLOSE_RAD)


def joint_positions(text: str, profile: RobotProfile) -> Array:
    """Joint positions (joints,) from numbers [rad] with blanks or commas between; the ready pose from an empty text.

    Raises:
        CommandError: it is not one number for each joint.
    """
    words = text.replace(",", " ").split()
    try:
        values = np.array([float(word) for word in words]) if words else profile.ready_rad
    except ValueError:
        values = np.empty(0)
    if values.shape != profile.ready_rad.shape:
        raise CommandError(f"start pose {text!r} is not {len(profile.ready_rad)} numbers [rad]")
    return values
