"""Transforms of the graph, from the first question on; imports core, conversions and rclpy.

A robot whose observations come in the contract's frames never asks, and pays nothing for /tf.
"""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from midp_ros.control.observations.message_values import transforms_from_message
from midp_ros.core.pose import Pose
from midp_ros.kinematics.transform_buffer import TransformBuffer
from midp_ros.nodes.ros.polled_subscription import PolledSubscription

# tf2_ros' own: reliable, and static transforms are kept for late subscribers.
MOVING = QoSProfile(depth=100)
STATIC = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class TransformListener:
    """Finds poses of frames in each other; not for several threads at once."""

    def __init__(self, node: Node):
        self._node, self._buffer = node, TransformBuffer()
        self._topics: list[tuple[PolledSubscription, bool]] = []

    def pose(self, targets: Sequence[str], source: str, time_s: float) -> Pose:
        """Pose of a source frame in the first of the target frames, as `TransformBuffer.pose` finds it."""
        self._take()
        return self._buffer.pose(targets, source, time_s)

    def close(self) -> None:
        """Leaves the topics."""
        for topic, _ in self._topics:
            topic.close()
        self._topics = []

    def _take(self) -> None:
        if not self._topics:
            self._topics = [
                (PolledSubscription(self._node, TFMessage, "/tf_static", STATIC), True),
                (PolledSubscription(self._node, TFMessage, "/tf", MOVING), False),
            ]
        for topic, static in self._topics:
            for taken in topic.take():
                for parent, child, pose, time_s in transforms_from_message(topic.message(taken)):
                    self._buffer.put(parent, child, pose, None if static else time_s)
