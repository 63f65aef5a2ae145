"""A subscription that is polled; imports rclpy.

An executor takes and converts every message. A robot says its state 1000 times a second on each topic, which would keep
it busy with nothing else, and would take the interpreter from the planning thread. Here the middleware keeps the
newest messages, in its own threads, until they are asked for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
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
        found, handle = [], self._subscription.handle
        with handle:
            while (each := handle.take_message(self._kind, True)) is not None:
                found.append(each)
        now_s = time.time()  # one for all: of two messages, the later one has waited less
        return [Taken(data, seconds(info["source_timestamp"]), _waited_s(info, now_s)) for data, info in found]

    def message(self, taken: Taken) -> Any:
        """Of the topic's type."""
        return deserialize_message(taken.data, self._kind)

    def close(self) -> None:
        """Leaves the topic."""
        self._node.destroy_subscription(self._subscription)


def _waited_s(info: Mapping[str, int], now_s: float) -> float:
    arrived = info["received_timestamp"]
    return max(0.0, now_s - seconds(arrived)) if arrived else 0.0
