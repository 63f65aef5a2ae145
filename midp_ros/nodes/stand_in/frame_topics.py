"""The topics of robot_state_publisher: /tf, /tf_static and robot_description; imports kinematics and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from midp_ros.core.arrays import Array
from midp_ros.kinematics.links import LinkTree
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.ros.publish_rate import PublishRate

PARAMETERS = (Parameter("tf_rate_hz", 30.0, "of /tf; robot_state_publisher: 20 at the most [Hz]", 1.0, 1000.0),)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
TF_DEPTH = 100  # of tf2_ros


class FrameTopics:
    """Publishes the links' transforms.

    Args:
        urdf: the robot's description, with the names that ROS uses.
        joints: gives the arm's joint positions (joints,) [rad] and the gripper's opening [m].
    """

    def __init__(self, node: Node, urdf: str, joints: Callable[[], tuple[Array, float]], time_s: float):
        self._tree, self._joints = LinkTree(urdf), joints
        self._rate = PublishRate(value(node, "tf_rate_hz"))
        self._moving = transforms(self._tree.moving)
        self._to = self._moving.indices("")
        self._tf = node.create_publisher(TFMessage, "/tf", TF_DEPTH)
        fixed = transforms(self._tree.fixed)
        fixed.doubles[fixed.indices("")] = self._tree.fixed_poses().ravel()
        fixed.stamp(time_s)
        node.create_publisher(TFMessage, "/tf_static", LATCHED).publish(fixed.to_bytes())
        node.create_publisher(String, "robot_description", LATCHED).publish(String(data=urdf))

    def publish(self, time_s: float) -> None:
        """Publishes /tf if it is due at a time [s] of the node's clock, and stamps it so."""
        if self._rate.due(time_s) and self._tf.get_subscription_count():
            position_rad, width_m = self._joints()
            poses = self._tree.moving_poses(position_rad, width_m / 2)
            self._moving.doubles[self._to] = poses.ravel()
            self._moving.stamp(time_s)
            self._tf.publish(self._moving.to_bytes())


def transforms(links: Sequence[tuple[str, str]]) -> PackedMessage:
    """A message of the transforms from parent to child links."""
    message = TFMessage(transforms=[TransformStamped(child_frame_id=child) for _, child in links])
    for transform, (parent, _) in zip(message.transforms, links, strict=True):
        transform.header.frame_id = parent
    return PackedMessage(message)
