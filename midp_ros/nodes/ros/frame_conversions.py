"""Transforms as ROS messages; the other way is control.observations.message_values. Imports core and conversions."""

from __future__ import annotations

from geometry_msgs.msg import TransformStamped, Vector3

from midp_ros.core.pose import Pose
from midp_ros.nodes.ros.conversions import pose_message


def transform_message(parent: str, child: str, pose: Pose, time_s: float) -> TransformStamped:
    """A stamped transform, as /tf and /tf_static carry it."""
    stamped = pose_message(pose, parent, time_s)
    message = TransformStamped(header=stamped.header, child_frame_id=child)
    message.transform.translation = Vector3(**dict(zip("xyz", pose.position_m.tolist(), strict=True)))
    message.transform.rotation = stamped.pose.orientation
    return message
