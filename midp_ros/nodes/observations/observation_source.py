"""The topics that a contract observes, as samples by entry name; imports control, conversions and rclpy.

Who asks for what was known at an earlier time sees the robot through this class; who needs only the newest messages,
through PolledObservations. Both read them by the same functions.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from midp_ros.control import Sample
from midp_ros.core.contract import Contract
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.framed_reader import newest_samples, readers_by_topic
from midp_ros.nodes.observations.readers import message_class
from midp_ros.nodes.observations.transform_listener import TransformListener

# Best effort hears every publisher; and a late sample is worth less than the next one.
QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
REMEMBERED_S = 1.0


class ObservationSource:
    """Subscribes to every topic that the contract's observation names, and keeps the last second of messages.

    Topics are those of the node's namespace. Messages are read when they are asked for, so a robot that publishes at
    1 kHz costs no more than one at 30 Hz.

    Args:
        clock: the node's time [s].
    """

    def __init__(
        self,
        node: Node,
        contract: Contract,
        profile: RobotProfile,
        clock: Callable[[], float],
    ):
        self.contract = contract = contract.in_namespace(node.get_namespace())
        self._clock = clock
        self._transforms = TransformListener(node)
        self._readers = readers_by_topic(contract, profile, self._transforms)
        self._messages: dict[str, deque[tuple[float, Any]]] = {}
        self.received = 0  # messages on all topics since the last clear
        self._subscriptions = []
        for topic, kind in {entry.topic: entry.type for entry in contract.observation}.items():
            self._messages[topic] = deque()
            callback = self._keeper(topic)
            self._subscriptions.append(node.create_subscription(message_class(kind), topic, callback, QOS))
        self._node = node

    def topic(self, name: str) -> str:
        """Of an entry of the contract's observation."""
        return next(entry.topic for entry in self.contract.observation if entry.name == name)

    @property
    def arrived_s(self) -> dict[str, float]:
        """When the newest message of each topic arrived [s]; topics without one are left out."""
        return {topic: kept[-1][0] for topic, kept in self._messages.items() if kept}

    def close(self) -> None:
        """Ends the subscriptions."""
        self._transforms.close()
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def clear(self) -> None:
        """Forgets every message: the world has changed at once."""
        self.received = 0
        for kept in self._messages.values():
            kept.clear()

    def samples(self, as_of_s: float = math.inf) -> dict[str, Sample]:
        """What was known at a time [s], by entry name; now, without one. Entries never received are left out."""
        found: dict[str, Sample] = {}
        for topic, kept in self._messages.items():
            known = ((received_s, message) for received_s, message in reversed(kept) if received_s <= as_of_s)
            found |= newest_samples(self._readers[topic], known)[0]
        return found

    def _keeper(self, topic: str) -> Callable[[Any], None]:
        kept = self._messages[topic]

        def keep(message: Any) -> None:
            now_s = self._clock()
            self.received += 1
            kept.append((now_s, message))
            while not now_s - REMEMBERED_S <= kept[0][0] <= now_s:  # a clock may jump back
                kept.popleft()

        return keep
