"""A subscription that is polled; imports rclpy.

An executor takes and converts every message. A robot says its state 1000 times a second on each topic, which would keep
it busy with nothing else, and would take the interpreter from the planning thread. Here the middleware keeps the
newest messages, in its own threads, until they are asked for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message

from midp_ros.core.stamp import seconds
from midp_ros.nodes.ros.callback_groups import LeftAlone


@dataclass(frozen=True)
class Taken:
    """A message as it came.

    Attributes:
        data: serialized.
        published_s: on the sender's wall clock [s].
        waited_s: since it arrived [s].
    """

    data: bytes
    published_s: float
    waited_s: float


class PolledSubscription:
    """Takes what the middleware has kept of a topic, at most `qos.depth` messages."""

    def __init__(self, node: Node, kind: Any, topic: str, qos: QoSProfile):
        self._node, self._kind = node, kind
        self._subscription = node.create_subscription(
            kind, topic, lambda message: None, qos, callback_group=LeftAlone(), raw=True
        )

    def take(self) -> list[Taken]:
        """What has come since the last call, oldest first."""
        taken, handle = [], self._subscription.handle
        with handle:
            while (found := handle.take_message(self._kind, True)) is not None:
                data, info = found
                waited_s = time.time() - seconds(info["received_timestamp"]) if info["received_timestamp"] else 0.0
                taken.append(Taken(data, seconds(info["source_timestamp"]), max(0.0, waited_s)))
        return taken

    def message(self, taken: Taken) -> Any:
        """Of the topic's type."""
        return deserialize_message(taken.data, self._kind)

    def close(self) -> None:
        """Leaves the topic."""
        self._node.destroy_subscription(self._subscription)
