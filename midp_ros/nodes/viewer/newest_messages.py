"""The newest message of a topic each, taken when it is wanted; imports rclpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile

from midp_ros.nodes.ros.polled_subscription import PolledSubscription


class NewestMessages:
    """Polls topics.

    Args:
        topics: message class and quality of service by topic.
    """

    def __init__(self, node: Node, topics: Mapping[str, tuple[Any, QoSProfile]]):
        self._topics = {name: PolledSubscription(node, kind, name, qos) for name, (kind, qos) in topics.items()}

    def all(self, topic: str) -> list[Any]:
        """Every message since the last call, oldest first."""
        subscription = self._topics[topic]
        return [subscription.message(taken) for taken in subscription.take()]

    def newest(self, topic: str) -> Any | None:
        """The newest message since the last call, or None."""
        taken = self._topics[topic].take()
        return self._topics[topic].message(taken[-1]) if taken else None

    def close(self) -> None:
        """Leaves the topics."""
        for subscription in self._topics.values():
            subscription.close()
        self._topics = {}
