"""A joint trajectory as the bytes of trajectory_msgs/JointTrajectory, without ROS; imports core and recording."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midp_ros.blackbox.packing import TRAJECTORY
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.stamp import NANOSECONDS
from midp_ros.recording.bag.message_types import message_types


def trajectory_to_bytes(trajectory: JointTrajectory, names: Sequence[str], origin_ns: int) -> bytes:
    """The message, stamped with the first point's time on a clock whose zero is at `origin_ns`."""
    types = message_types()
    start_ns = round(float(trajectory.time_s[0]) * NANOSECONDS)
    points = []
    rows = zip(
        trajectory.time_s,
        trajectory.position_rad,
        trajectory.velocity_rad_s,
        trajectory.acceleration_rad_s2,
        strict=True,
    )
    for time_s, *values in rows:
        after = divmod(round(float(time_s) * NANOSECONDS) - start_ns, NANOSECONDS)
        known = [np.ascontiguousarray(v) if np.isfinite(v).all() else np.empty(0) for v in values]
        points.append(
            types.part(
                "trajectory_msgs/msg/JointTrajectoryPoint",
                positions=known[0], velocities=known[1], accelerations=known[2], effort=np.empty(0),
                time_from_start=types.part("builtin_interfaces/msg/Duration", sec=after[0], nanosec=after[1]),
            )
        )  # fmt: skip
    sec, nanosec = divmod(origin_ns + start_ns, NANOSECONDS)
    stamp = types.part("builtin_interfaces/msg/Time", sec=sec, nanosec=nanosec)
    header = types.part("std_msgs/msg/Header", stamp=stamp, frame_id="")
    return types.encode(TRAJECTORY, header=header, joint_names=list(names), points=points)


def trajectory_from_bytes(data: bytes, origin_ns: int) -> JointTrajectory:
    """The trajectory, timed on that clock; raises FileFormatError and ValueError for other bytes."""
    message = message_types().decode(TRAJECTORY, data)
    start_ns = message.header.stamp.sec * NANOSECONDS + message.header.stamp.nanosec - origin_ns
    after = [p.time_from_start.sec * NANOSECONDS + p.time_from_start.nanosec for p in message.points]
    joints = len(message.joint_names)
    values = [
        np.array([v if len(v) else np.full(joints, np.nan) for v in (getattr(p, name) for p in message.points)])
        for name in ("positions", "velocities", "accelerations")
    ]
    return JointTrajectory((start_ns + np.array(after, np.int64)) / NANOSECONDS, *values)
