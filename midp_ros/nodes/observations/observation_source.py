"""The topics that a contract observes, as samples by entry name; imports control, conversions and rclpy.

A node that asks what was known at an earlier time uses this class; one that needs only the newest messages,
PolledObservations. Both read them by the same functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from midp_ros.control import Sample
from midp_ros.control.observations.history import ObservationHistory
from midp_ros.core.contract import Contract
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.readers import message_class
from midp_ros.nodes.observations.transform_listener import TransformListener

# A best-effort subscription receives from every publisher; and a late sample is worth less than the next one.
QOS = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)


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
        contract = contract.in_namespace(node.get_namespace())
        self._node, self._clock = node, clock
        self._transforms = TransformListener(node)
        self._history = ObservationHistory(contract, profile, self._transforms)
        self.received = 0  # messages on all topics since the last clear
        kinds = {entry.topic: entry.type for entry in contract.observed}
        self._subscriptions = [
            node.create_subscription(message_class(kind), topic, partial(self._keep, topic), QOS)
            for topic, kind in kinds.items()
        ]

    @property
    def contract(self) -> Contract:
        """The contract with the topics' full names."""
        return self._history.contract

    def topic(self, name: str) -> str:
        """Topic of an entry of the contract's observation."""
        return next(entry.topic for entry in self.contract.observed if entry.name == name)

    @property
    def arrived_s(self) -> dict[str, float]:
        """When the newest message of each topic arrived [s]; topics without one are left out."""
        return self._history.arrived_s

    def close(self) -> None:
        """Ends the subscriptions."""
        self._transforms.close()
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions = []

    def clear(self) -> None:
        """Forgets every message: the world has changed at once."""
        self.received = 0
        self._history.clear()

    def samples(self, as_of_s: float = math.inf) -> dict[str, Sample]:
        """Samples as they were known at a time [s], by entry name; now, without one.

        Entries whose topic has had no message are left out.
        """
        return self._history.samples(as_of_s)

    def _keep(self, topic: str, message: Any) -> None:
        self.received += 1
        self._history.put(topic, self._clock(), message)
