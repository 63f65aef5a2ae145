"""Listens to one topic of any type, cheaply enough for a dozen at 1 kHz; imports doctor and rclpy."""

from __future__ import annotations

import time
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message

from midp_ros.control.observations.image_reader import pixels
from midp_ros.core.errors import MidpError
from midp_ros.doctor import Received, TopicRate
from midp_ros.nodes.doctor.graph_reading import own_type_hash, plain
from midp_ros.nodes.ros.conversions import seconds_from_stamp

QOS = QoSProfile(depth=1000, reliability=ReliabilityPolicy.BEST_EFFORT)  # a second of a robot's state
PICTURES = ("Image", "CompressedImage")


class TopicListener:
    """Takes raw messages itself, without an executor, and reads only the newest of each look."""

    def __init__(self, node: Node, topic: str, kind: Any):
        self._node, self._topic, self._kind = node, topic, kind
        self._subscription = node.create_subscription(kind, topic, lambda message: None, QOS, raw=True)
        self._rate = TopicRate()
        self._newest: Any = None
        self._inside: dict[str, Any] = {}

    def look(self) -> None:
        """Takes in whatever has arrived."""
        raw = None
        while (taken := self._subscription.handle.take_message(self._kind, True)) is not None:
            raw, info = taken
            # Cyclone DDS leaves the time of arrival at zero.
            self._rate.add(info["source_timestamp"], info["received_timestamp"] or time.time_ns())
        if raw is not None:
            self._newest = deserialize_message(raw, self._kind)
            stamp = getattr(self._newest, "clock", None) or getattr(
                getattr(self._newest, "header", None), "stamp", None
            )
            if stamp is not None:
                self._rate.add_stamp(seconds_from_stamp(stamp))

    def received(self) -> Received:
        """What came in so far."""
        if type(self._newest).__name__ in PICTURES and len(self._newest.data):
            self._inside = _inside(self._newest) if hasattr(self._newest, "format") else {}
            self._newest.data = []  # a million numbers that no check looks at
        sample: dict[str, Any] = {} if self._newest is None else {**plain(self._newest), **self._inside}
        return self._rate.received(own_type_hash(self._node, self._topic), sample)


def _inside(compressed: Any) -> dict[str, Any]:
    """Height and width of a compressed picture, or why a policy could not read it."""
    try:
        height, width, _ = pixels(compressed).shape
    except MidpError as e:
        return {"unreadable": str(e)}
    return {"height": height, "width": width}
