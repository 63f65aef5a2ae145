"""Warns of a second robot in the graph, whose messages mix with this one's; imports rclpy."""

from __future__ import annotations

import os

from rclpy.node import Node

from midp_ros.nodes.ros.endpoints import participant, publishers
from midp_ros.nodes.ros.publish_rate import PublishRate

TOPIC = "franka/joint_states"


class SecondRobot:
    """Two robots of one name confuse every observer, and each follows the other's commands: a reflex ends that."""

    def __init__(self, node: Node):
        self._node, self._rate = node, PublishRate(1.0)
        self._topic = node.resolve_topic_name(TOPIC)
        self._known: set[str] = set()

    def look(self, time_s: float) -> None:
        """Called regularly, with a steady time [s]: warns of news."""
        if not self._rate.due(time_s):
            return
        own = participant(self._node), self._node.get_fully_qualified_name()
        others = {p.node for p in publishers(self._node, self._topic) if (p.participant, p.node) != own}
        if others - self._known:
            domain = os.environ.get("ROS_DOMAIN_ID") or "0"
            self._node.get_logger().warning(
                f"two robots in ROS domain {domain}: {', '.join(sorted(others))} publishes {self._topic}, too, and "
                "would follow the same commands; end one, or give one another ROS_DOMAIN_ID or namespace (one that was "
                "killed is gone within 25 s)"
            )
        self._known = others
