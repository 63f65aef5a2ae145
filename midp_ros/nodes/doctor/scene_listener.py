"""Frames on /tf and limits in robot descriptions, as plain data for the doctor; imports conversions and rclpy."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from midp_ros.nodes.ros.polled_subscription import PolledSubscription

DESCRIPTION = "/robot_description"
LATCHED = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
MOVING = QoSProfile(depth=100)


class SceneListener:
    """Takes what has come when it is looked at.

    Attributes:
        parents: of the frames, by child.
        velocity_limits: of joints by name [rad/s], by topic of the description.
    """

    def __init__(self, node: Node):
        self._node, self._descriptions = node, dict[str, PolledSubscription]()
        self._frames = [
            PolledSubscription(node, TFMessage, "/tf_static", LATCHED),
            PolledSubscription(node, TFMessage, "/tf", MOVING),
        ]
        self.parents: dict[str, str] = {}
        self.velocity_limits: dict[str, dict[str, float]] = {}

    def look(self, topics: dict[str, list[str]]) -> None:
        """Takes in what has arrived, of all descriptions among the topics, too."""
        for topic, types in topics.items():
            if topic.endswith(DESCRIPTION) and types == ["std_msgs/msg/String"] and topic not in self._descriptions:
                self._descriptions[topic] = PolledSubscription(self._node, String, topic, LATCHED)
        for subscription in self._frames:
            for taken in subscription.take():
                for each in subscription.message(taken).transforms:
                    self.parents[each.child_frame_id.lstrip("/")] = each.header.frame_id.lstrip("/")
        for topic, subscription in self._descriptions.items():
            for taken in subscription.take():
                self.velocity_limits[topic] = velocity_limits(subscription.message(taken).data)


def velocity_limits(urdf: str) -> dict[str, float]:
    """Velocity limits of a URDF's joints by name [rad/s] or [m/s]; of none where it cannot be read."""
    try:
        joints: Any = ElementTree.fromstring(urdf).iter("joint")
        found = {joint.get("name"): joint.find("limit") for joint in joints}
        return {name: float(limit.get("velocity")) for name, limit in found.items() if limit is not None}
    except (ElementTree.ParseError, TypeError, ValueError):
        return {}
