"""Stamped messages expressed in another frame, by their attributes; imports core, no ROS."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np

from midp_ros.control.observations.message_values import pose_from_message
from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose


def in_frame(message: Any, kind: str, frame: str, pose: Pose) -> Any:
    """A copy of a stamped message, expressed in another frame.

    Twists and wrenches turn into the other frame's axes; their point of reference stays the sender's, as tf2 does it.

    Args:
        kind: the message's type, e.g. `geometry_msgs/msg/PoseStamped`.
        pose: of the message's frame in the other one.

    Raises:
        ObservationError: the message's numbers are no pose, or its type cannot be expressed in another frame.
    """
    change = CHANGES.get(kind)
    if change is None:
        raise ObservationError(f"a {kind.rpartition('/')[2]} cannot be transformed to {frame!r}")
    changed = deepcopy(message)
    change(changed, pose)
    changed.header.frame_id = frame
    return changed


def _pose(message: Any, pose: Pose) -> None:
    changed = pose @ pose_from_message(message)
    _put(message.pose.position, changed.position_m)
    q = message.pose.orientation
    q.x, q.y, q.z, q.w = (float(v) for v in changed.quaternion)


def _pose_with_covariance(message: Any, pose: Pose) -> None:
    _pose(message.pose, pose)
    turn = np.kron(np.eye(2), pose.rotation)
    covariance = np.asarray(message.pose.covariance).reshape(6, 6)
    message.pose.covariance = (turn @ covariance @ turn.T).ravel()


def _point(message: Any, pose: Pose) -> None:
    _put(message.point, pose.rotation @ _numbers(message.point) + pose.position_m)


def _vector(message: Any, pose: Pose) -> None:
    _turn(message.vector, pose)


def _twist(message: Any, pose: Pose) -> None:
    _turn(message.twist.linear, pose)
    _turn(message.twist.angular, pose)


def _wrench(message: Any, pose: Pose) -> None:
    _turn(message.wrench.force, pose)
    _turn(message.wrench.torque, pose)


def _turn(vector: Any, pose: Pose) -> None:
    _put(vector, pose.rotation @ _numbers(vector))


def _numbers(vector: Any) -> Array:
    return np.array([vector.x, vector.y, vector.z])


def _put(vector: Any, numbers: Array) -> None:
    vector.x, vector.y, vector.z = (float(v) for v in numbers)


CHANGES: dict[str, Callable[[Any, Pose], None]] = {
    "geometry_msgs/msg/PoseStamped": _pose,
    "geometry_msgs/msg/PoseWithCovarianceStamped": _pose_with_covariance,
    "geometry_msgs/msg/PointStamped": _point,
    "geometry_msgs/msg/Vector3Stamped": _vector,
    "geometry_msgs/msg/TwistStamped": _twist,
    "geometry_msgs/msg/WrenchStamped": _wrench,
}
