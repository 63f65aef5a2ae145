"""Inputs of a device: one reading of its motion, its dead man's switch, its gripper and its buttons; imports core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose

ABSURD = 1e3  # [m, rad, m/s, rad/s, shares]
DEADBAND = 0.02  # share of the largest velocity that still counts as rest: sticks never return to zero exactly


@dataclass(frozen=True)
class Velocity:
    """A tool velocity.

    Attributes:
        linear, angular: (3,) each: shares of the operator's largest speed, -1 to 1; or [m/s] and [rad/s].
        shares: which of the two.
        in_tool: in the tool's axes instead of the base's.
    """

    linear: Array
    angular: Array
    shares: bool = True
    in_tool: bool = False


@dataclass(frozen=True)
class HandPose:
    """The pose of what a person holds, in the base frame.

    Attributes:
        absolute: where the tool shall be; else only the motion counts, from the pose at which the clutch was closed.
    """

    pose: Pose
    absolute: bool = False


@dataclass(frozen=True)
class LeaderJoints:
    """Joint positions (joints,) of a leader arm [rad]."""

    position_rad: Array


Motion = Velocity | HandPose | LeaderJoints


@dataclass(frozen=True)
class DeviceInput:
    """One reading.

    Attributes:
        time_s: when it arrived, on the loop's clock [s].
        motion: None where the reading is about something else.
        held: whether the dead man's switch or clutch is held; None for a device without one.
        gripper: commanded opening, 0 closed to 1 open; None: no command.
        events: names of buttons that were pressed.
        gone: why the device cannot be read any more.
    """

    time_s: float
    motion: Motion | None = None
    held: bool | None = None
    gripper: float | None = None
    events: tuple[str, ...] = ()
    gone: str = ""


def sound(motion: Motion) -> bool:
    """Whether all numbers of a motion are finite, and none is absurd."""
    if isinstance(motion, Velocity):
        parts: tuple[Array, ...] = motion.linear, motion.angular
    elif isinstance(motion, HandPose):
        parts = motion.pose.position_m, motion.pose.rotation
    else:
        parts = (motion.position_rad,)
    return all(bool((np.abs(part) < ABSURD).all()) for part in parts)  # NaN is not
