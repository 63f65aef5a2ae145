"""Who else publishes on the topic that the arm is commanded by; imports rclpy."""

from __future__ import annotations

import math
import time

from rclpy.node import Node

from midp_ros.nodes.ros.parameters import value

PERIOD_S = 0.5  # a look at the graph takes 0.4 ms
UNKNOWN = "_NODE_NAME_UNKNOWN_"  # as long as only the publisher has been discovered


class CompetingPublishers:
    """Two that command one arm make it jump between two motions: a controller takes whatever comes last.

    A publisher that is there need not speak (a panel, MoveIt), and nothing tells a message's sender. So this one only
    warns.

    Args:
        controller: that the node's output commands.

    Attributes:
        names: of the others' nodes.
    """

    def __init__(self, node: Node, controller: str):
        streams = value(node, "output") == "stream"
        self._node = node
        self._topic = str(value(node, "stream_topic")) if streams else f"{controller}/joint_trajectory"
        name = node.get_name()
        self._looked_s = -math.inf
        self._own = {(n, node.get_namespace()) for n in (name, f"{name}_stream")}
        self.names = ""

    def look(self) -> None:
        """Called regularly: warns of news, at most PERIOD_S late."""
        if (now_s := time.monotonic()) < self._looked_s + PERIOD_S:
            return
        self._looked_s = now_s
        names = ", ".join(self._others())
        if names and names != self.names:
            self._node.get_logger().warning(f"somebody else can command the arm, too, on {self._topic}: {names}")
        self.names = names

    @property
    def present(self) -> bool:
        """Whether there is another one now."""
        return bool(self._others())

    def _others(self) -> list[str]:
        publishers = self._node.get_publishers_info_by_topic(self._topic)
        found = {(p.node_name, p.node_namespace) for p in publishers if p.node_name != UNKNOWN}
        return sorted(f"{namespace.rstrip('/')}/{name}" for name, namespace in found - self._own)
