"""The topics that a contract observes, read when a control step wants to know; imports control and rclpy."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import QoSProfile

from midp_ros.control import Sample
from midp_ros.control.observations.framed_reader import newest_samples, readers_by_topic
from midp_ros.control.observations.same_moment import same_moment, stamp_s
from midp_ros.core.contract import Contract
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.observation_source import QOS
from midp_ros.nodes.observations.readers import message_class
from midp_ros.nodes.observations.transform_listener import TransformListener
from midp_ros.nodes.ros.polled_subscription import PolledSubscription, Taken

RECENT = 10  # messages of a topic that are kept until the transforms at their times have come


class PolledObservations:
    """Knows the newest message of every topic that the contract's observation names.

    Topics are those of the node's namespace, best effort.

    Args:
        clock: the node's time [s].
        depth: messages of each topic that are kept between two looks; for the newest ones alone the default is enough.

    Attributes:
        received: messages on all topics since the last clear.
    """

    def __init__(
        self, node: Node, contract: Contract, profile: RobotProfile, clock: Callable[[], float], depth: int = QOS.depth
    ):
        self._clock, self._transforms = clock, TransformListener(node)
        contract = contract.in_namespace(node.get_namespace())
        self._readers = readers_by_topic(contract, profile, self._transforms)
        kinds = {entry.topic: entry.type for entry in contract.observed}
        self._pictured = {image.topic for image in contract.images}
        self._shown: dict[str, int] = {}  # of topics of pictures: which of the recent ones was read
        qos = QoSProfile(depth=depth, reliability=QOS.reliability)
        self._topics = {t: PolledSubscription(node, message_class(kind), t, qos) for t, kind in kinds.items()}
        self._recent: dict[str, deque[tuple[float, Taken]]] = {}  # with their times of arrival [s]
        self._read: dict[str, dict[str, Sample]] = {}  # out of those, by topic and entry
        self._waiting: set[str] = set()  # topics whose newest message is in a frame of which the transform is to come
        self._apart_s = dict.fromkeys(kinds, math.inf)
        self.received = 0

    def take(self) -> set[str]:
        """Looks; returns which topics have spoken since the last look."""
        spoken = set()
        for topic, subscription in self._topics.items():
            if taken := subscription.take():
                self.received += len(taken)
                recent, now_s = self._recent.setdefault(topic, deque(maxlen=RECENT)), self._clock()
                recent.extend((now_s - each.waited_s, each) for each in taken)
                times_s = [each.published_s for _, each in recent]
                self._apart_s[topic] = times_s[-1] - times_s[-2] if len(times_s) > 1 else math.inf
                self._read.pop(topic, None)
                spoken.add(topic)
        return spoken

    def frequent(self, within_s: float) -> set[str]:
        """Topics whose last two messages were published at most so far apart [s]: another one is to be expected."""
        return {topic for topic, apart_s in self._apart_s.items() if apart_s <= within_s}

    @property
    def arrived_s(self) -> dict[str, float]:
        """When the newest message of each topic arrived [s]; topics without one are left out."""
        return {topic: recent[-1][0] for topic, recent in self._recent.items() if recent}

    @property
    def published_s(self) -> float:
        """When the newest message was published, on its sender's wall clock [s]; NaN before the first."""
        return max((recent[-1][1].published_s for recent in self._recent.values()), default=math.nan)

    def read(self) -> None:
        """Reads what was taken, so that `samples` need not: while other topics are waited for there is time."""
        chosen = self._same_moment()
        for topic in {t for t, number in chosen.items() if self._shown.get(t) != number}:
            self._read.pop(topic, None)
        self._shown = chosen
        for topic in self._recent.keys() - self._read.keys():
            read, recent = self._topics[topic].message, [*self._recent[topic]]
            if topic in chosen:
                del recent[chosen[topic] + 1 :]
            newest_first = ((arrived_s, read(taken)) for arrived_s, taken in reversed(recent))
            self._read[topic], waiting = newest_samples(self._readers[topic], newest_first)
            if waiting:
                self._waiting.add(topic)

    def _same_moment(self) -> dict[str, int]:
        """Which of the recent messages shows the moment that all cameras show, by topic of pictures."""
        recent = {topic: self._recent.get(topic, ()) for topic in self._pictured}
        return same_moment({t: [stamp_s(taken.data, at_s) for at_s, taken in each] for t, each in recent.items()})

    def samples(self) -> dict[str, Sample]:
        """What is known, by entry name; entries without a message are left out."""
        for topic in self._waiting:
            self._read.pop(topic, None)
        self._waiting.clear()
        self.read()
        return {name: value for values in self._read.values() for name, value in values.items()}

    def clear(self) -> None:
        """Forgets every message, also those not yet read."""
        for subscription in self._topics.values():
            subscription.take()
        self._recent, self._read, self._shown, self.received = {}, {}, {}, 0
        self._apart_s = dict.fromkeys(self._apart_s, math.inf)

    def close(self) -> None:
        """Leaves the topics."""
        self._transforms.close()
        for subscription in self._topics.values():
            subscription.close()
        self._topics = {}
