"""Between ROS messages and frames: transforms out of /tf, and stamped messages in another frame; imports core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from geometry_msgs.msg import (
    Point,
    PointStamped,
    PoseStamped,
    PoseWithCovarianceStamped,
    TransformStamped,
    TwistStamped,
    Vector3,
    Vector3Stamped,
    WrenchStamped,
)
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose
from midp_ros.nodes.ros.conversions import pose_from_message, pose_message, seconds_from_stamp


def transforms_from_message(message: TFMessage) -> Iterator[tuple[str, str, Pose, float]]:
    """Parent, child, pose of the child in the parent, and time [s] of each transform; improper ones are left out."""
    for each in message.transforms:
        t, r = each.transform.translation, each.transform.rotation
        numbers = np.array([t.x, t.y, t.z, r.x, r.y, r.z, r.w])
        if np.isfinite(numbers).all() and np.linalg.norm(numbers[3:]) > 0.5:
            pose = Pose.from_quaternion(numbers[:3], numbers[3:])
            yield each.header.frame_id, each.child_frame_id, pose, seconds_from_stamp(each.header.stamp)


def transform_message(parent: str, child: str, pose: Pose, time_s: float) -> TransformStamped:
    """A stamped transform, as /tf and /tf_static carry it."""
    stamped = pose_message(pose, parent, time_s)
    message = TransformStamped(header=stamped.header, child_frame_id=child)
    message.transform.translation = _vector(pose.position_m)
    message.transform.rotation = stamped.pose.orientation
    return message


def in_frame(message: Any, frame: str, pose: Pose) -> Any:
    """A stamped message expressed in another frame; the message that comes in stays as it is.

    Twists and wrenches turn into the other frame's axes; their point of reference stays the sender's, as tf2 does it.

    Args:
        pose: of the message's frame in the other one.

    Raises:
        ObservationError: the message's numbers are no pose, or its type cannot be expressed in another frame.
    """
    change = CHANGES.get(type(message))
    if change is None:
        raise ObservationError(f"a {type(message).__name__} cannot be transformed to {frame!r}")
    return change(message, Header(stamp=message.header.stamp, frame_id=frame), pose)


def _pose(message: PoseStamped, header: Header, pose: Pose) -> PoseStamped:
    changed = pose_message(pose @ pose_from_message(message), header.frame_id, 0.0)
    changed.header = header
    return changed


def _pose_with_covariance(message: PoseWithCovarianceStamped, header: Header, pose: Pose) -> PoseWithCovarianceStamped:
    changed = PoseWithCovarianceStamped(header=header)
    plain = PoseStamped(header=message.header, pose=message.pose.pose)
    changed.pose.pose = _pose(plain, header, pose).pose
    turn = np.kron(np.eye(2), pose.rotation)
    changed.pose.covariance = (turn @ message.pose.covariance.reshape(6, 6) @ turn.T).ravel()
    return changed


def _point(message: PointStamped, header: Header, pose: Pose) -> PointStamped:
    x, y, z = pose.rotation @ _numbers(message.point) + pose.position_m
    return PointStamped(header=header, point=Point(x=x, y=y, z=z))


def _vector3(message: Vector3Stamped, header: Header, pose: Pose) -> Vector3Stamped:
    return Vector3Stamped(header=header, vector=_turned(message.vector, pose))


def _twist(message: TwistStamped, header: Header, pose: Pose) -> TwistStamped:
    changed = TwistStamped(header=header)
    changed.twist.linear = _turned(message.twist.linear, pose)
    changed.twist.angular = _turned(message.twist.angular, pose)
    return changed


def _wrench(message: WrenchStamped, header: Header, pose: Pose) -> WrenchStamped:
    changed = WrenchStamped(header=header)
    changed.wrench.force = _turned(message.wrench.force, pose)
    changed.wrench.torque = _turned(message.wrench.torque, pose)
    return changed


def _turned(vector: Vector3, pose: Pose) -> Vector3:
    return _vector(pose.rotation @ _numbers(vector))


def _numbers(vector: Vector3 | Point) -> Array:
    return np.array([vector.x, vector.y, vector.z])


def _vector(numbers: Array) -> Vector3:
    x, y, z = (float(n) for n in numbers)
    return Vector3(x=x, y=y, z=z)


CHANGES: dict[type, Callable[[Any, Header, Pose], Any]] = {
    PoseStamped: _pose,
    PoseWithCovarianceStamped: _pose_with_covariance,
    PointStamped: _point,
    Vector3Stamped: _vector3,
    TwistStamped: _twist,
    WrenchStamped: _wrench,
}
