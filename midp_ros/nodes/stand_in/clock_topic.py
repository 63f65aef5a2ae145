"""/clock: the simulation's time, for nodes with use_sim_time; imports rosgraph_msgs and rclpy."""

from __future__ import annotations

from rclpy.node import Node
from rosgraph_msgs.msg import Clock

from midp_ros.nodes.ros.packed_message import PackedMessage


class ClockTopic:
    """Publisher of the time."""

    def __init__(self, node: Node):
        self._packed = PackedMessage(Clock())
        self._publisher = node.create_publisher(Clock, "/clock", 1)

    def publish(self, time_s: float) -> None:
        """Publishes a time [s]."""
        self._packed.stamp(time_s)
        self._publisher.publish(self._packed.to_bytes())
