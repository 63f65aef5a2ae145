"""Numbers out of standard ROS messages, by their attributes; the inverse is nodes.ros.conversions.

Imports core, no ROS: a message may be rclpy's, or one that rosbags has read out of a recording.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose
from midp_ros.core.stamp import NANOSECONDS, seconds

UNIT_TOLERANCE = 0.01  # of a quaternion's length; what is further off was not filled in or is no rotation


def seconds_from_stamp(stamp: Any) -> float:
    """Seconds of a builtin_interfaces Time or Duration."""
    return seconds(int(stamp.sec) * NANOSECONDS + int(stamp.nanosec))


def sample_time_s(received_s: float, message: Any) -> float:
    """When a message that arrived at a time was measured [s].

    A message type may have no stamp, and a sender without a clock leaves it at zero. One whose clock runs ahead must
    not look fresh for ever.
    """
    stamp_s = seconds_from_stamp(message.header.stamp) if hasattr(message, "header") else 0.0
    return min(stamp_s, received_s) if stamp_s else received_s


def pose_from_message(message: Any) -> Pose:
    """Pose of a PoseStamped; raises ObservationError for numbers that are no pose."""
    p, q = message.pose.position, message.pose.orientation
    position, quaternion = np.array([p.x, p.y, p.z]), [q.x, q.y, q.z, q.w]
    if not np.isfinite(position).all():
        raise ObservationError(f"pose's position is not finite: {position.tolist()}")
    length = float(np.linalg.norm(quaternion))
    if not abs(length - 1.0) <= UNIT_TOLERANCE:  # NaN is not
        raise ObservationError(f"pose's orientation is not a unit quaternion: {quaternion} has length {length:.3f}")
    return Pose.from_quaternion(position, quaternion)


def vector_from_message(message: Any, field: str) -> Array:
    """Numbers (3,) of a Point or a Vector3; raises ObservationError where one of them is not finite."""
    vector = np.array([message.x, message.y, message.z])
    if not np.isfinite(vector).all():
        raise ObservationError(f"{field} is not finite: {vector.tolist()}")
    return vector


def joints_from_message(message: Any, names: Sequence[str], field: str = "position") -> Array:
    """The named joints' values (len(names),) in that order, whatever the order of the JointState.

    Raises:
        ObservationError: a joint is missing, doubled or not finite; the message says which.
    """
    values = list(getattr(message, field))
    if len(values) != len(message.name):
        raise ObservationError(f"joint state has {len(message.name)} names but {len(values)} values of {field}")
    by_name = dict(zip(message.name, values, strict=True))
    if len(by_name) != len(message.name):
        raise ObservationError(f"joint state names a joint twice: {list(message.name)}")
    for name in names:
        if name not in by_name:
            raise ObservationError(f"joint state lacks {name!r}; it has {list(message.name)}")
        if not np.isfinite(by_name[name]):
            raise ObservationError(f"joint state's {field} of {name!r} is {by_name[name]}")
    return np.array([by_name[name] for name in names])


def action_names(contract: Contract) -> list[str]:
    """One name for each number of the action, e.g. `tool_position[0]`."""
    return [f"{e.name}[{i}]" for e in contract.action for i in range(e.size)]


def action_from_message(contract: Contract, message: Any) -> tuple[float, Array]:
    """Time [s] and action (action_size,) of a driver's `~/action`; raises ObservationError as `joints_from_message`."""
    return seconds_from_stamp(message.header.stamp), joints_from_message(message, action_names(contract))


def transforms_from_message(message: Any) -> Iterator[tuple[str, str, Pose, float]]:
    """Parent, child, pose of the child in the parent, and time [s] of each transform of a TFMessage.

    Improper transforms are left out.
    """
    for each in message.transforms:
        t, r = each.transform.translation, each.transform.rotation
        numbers = np.array([t.x, t.y, t.z, r.x, r.y, r.z, r.w])
        if np.isfinite(numbers).all() and np.linalg.norm(numbers[3:]) > 0.5:
            pose = Pose.from_quaternion(numbers[:3], numbers[3:])
            yield each.header.frame_id, each.child_frame_id, pose, seconds_from_stamp(each.header.stamp)
