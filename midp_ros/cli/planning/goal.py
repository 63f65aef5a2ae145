"""Goals of a motion from the command line; imports core and planning."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_quaternion, tool_down
from midp_ros.kinematics import RobotProfile
from midp_ros.planning import NoMotionError

READY = "ready"


def goal_of(joints: str, pose: str, profile: RobotProfile) -> Array | Pose:
    """The goal of `--joints` or `--pose`.

    Raises:
        NoMotionError: both or none is given, or one is not made of numbers.
    """
    if bool(joints) == bool(pose):
        raise NoMotionError("give the goal as one of --joints and --pose; `midp plan --help` shows both")
    return joints_of("--joints", joints, profile) if joints else pose_of(pose)


def joints_of(name: str, text: str, profile: RobotProfile) -> Array:
    """Joint positions (joints,) [rad] from numbers with blanks or commas between, or the ready pose."""
    if text.strip().lower() == READY:
        return profile.ready_rad
    values = _numbers(name, text)
    if len(values) != profile.joints:
        raise NoMotionError(f'{name}: got {len(values)} numbers, need {profile.joints} positions [rad] or "{READY}"')
    return values


def pose_of(text: str) -> Pose:
    """A tool pose from its position, pointing down, or from position and quaternion."""
    values = _numbers("--pose", text)
    if len(values) == 3:
        return Pose(values, tool_down(0.0))
    if len(values) != 7:
        raise NoMotionError(f"--pose: got {len(values)} numbers, need x y z [m] or x y z qx qy qz qw")
    try:
        return Pose(values[:3], matrix_from_quaternion(values[3:]))
    except ValueError as e:
        raise NoMotionError(f"--pose: {e}") from None


def _numbers(name: str, text: str) -> Array:
    try:
        return np.array([float(word) for word in text.replace(",", " ").split()])
    except ValueError:
        raise NoMotionError(f"{name}: {text!r} is not made of numbers") from None
