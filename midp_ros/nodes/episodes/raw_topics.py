"""The topics of a recording, as serialized messages out of the middleware; imports recording and rclpy.

An executor takes and converts every message, at some 0.1 ms each. Here messages wait in the middleware until they are
taken together, unconverted: 3 us each.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

from midp_ros.nodes.observations.readers import message_class
from midp_ros.nodes.ros.callback_groups import LeftAlone
from midp_ros.recording.bag.metadata_file import OfferedQos
from midp_ros.recording.bag.recording_thread import Received, RecordedTopic

# Messages that wait until they are taken: four seconds of a topic of 1 kHz. Fast DDS holds 5000 at most (max_samples).
DEPTH = 4000
PICTURE_DEPTH = 150
LATCHED_DEPTH = 100
PICTURES = ("sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage", "sensor_msgs/msg/PointCloud2")
TF_STATIC, EVENTS = "/tf_static", "/events"
CURRENT = b'"segment"'  # of a driver's events, the last one of this kind still holds


class ReceptionClock:
    """Times of reception, which the middleware gives on the wall clock, on the node's clock.

    With simulated time, the node's clock is known at each look, and straight in between.
    """

    def __init__(self, node: Node):
        self._clock = node.get_clock()
        self._simulated = bool(node.get_parameter("use_sim_time").value)
        self._before = self._now = (time.time_ns(), self._clock.now().nanoseconds)

    def look(self) -> None:
        """Before messages are taken."""
        self._before, self._now = self._now, (time.time_ns(), self._clock.now().nanoseconds)

    def log_ns(self, received_ns: int) -> int:
        """Of a message's time of reception on the wall clock; 0 where the middleware does not know it."""
        if not self._simulated:
            return received_ns or self._now[0]
        (wall_before, clock_before), (wall_now, clock_now) = self._before, self._now
        if not received_ns or wall_now <= wall_before or not clock_before:  # before the first /clock it stands at 0
            return clock_now
        share = min(1.0, max(-1.0, (received_ns - wall_before) / (wall_now - wall_before)))
        return clock_before + round(share * (clock_now - clock_before))


class RawTopic:
    """One topic's subscription; reliable where every publisher is, since nothing shall be lost."""

    def __init__(self, node: Node, topic: RecordedTopic):
        self.topic, self._node, self._kind = topic, node, message_class(topic.kind)
        self._latched = topic.name.endswith((TF_STATIC, EVENTS))
        self._reliable, self._subscription = False, self._subscribe(False)

    @property
    def latched(self) -> bool:
        """Whether its messages are published once, and hold."""
        return self._latched

    def look(self) -> int:
        """Follows the publishers' quality of service; returns how many publishers there are."""
        found = self._node.get_publishers_info_by_topic(self.topic.name)
        self.topic.qos = tuple(offered(info.qos_profile) for info in found)
        reliable = bool(found) and all(q.reliability == "reliable" for q in self.topic.qos)
        if found and reliable != self._reliable and not self._latched:
            old, self._subscription, self._reliable = self._subscription, self._subscribe(reliable), reliable
            self._node.destroy_subscription(old)
        return len(found)

    def take(self, index: int, clock: ReceptionClock, into: list[Received]) -> None:
        """Takes what has come since the last call, oldest first."""
        handle, kind = self._subscription.handle, self._kind
        with handle:
            while (found := handle.take_message(kind, True)) is not None:
                data, info = found
                log_ns = clock.log_ns(info["received_timestamp"])
                sequence = info["publication_sequence_number"] or 0
                into.append((index, sequence, log_ns, info["source_timestamp"] or log_ns, data))

    def close(self) -> None:
        """Leaves the topic."""
        self._node.destroy_subscription(self._subscription)

    def _subscribe(self, reliable: bool) -> Any:
        kind = self.topic.kind
        depth = LATCHED_DEPTH if self._latched else PICTURE_DEPTH if kind in PICTURES else DEPTH
        qos = QoSProfile(
            depth=depth,
            history=HistoryPolicy.KEEP_LAST,
            reliability=ReliabilityPolicy.RELIABLE if reliable or self._latched else ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.TRANSIENT_LOCAL if self._latched else DurabilityPolicy.VOLATILE,
        )
        group = LeftAlone()
        return self._node.create_subscription(
            self._kind, self.topic.name, lambda message: None, qos, callback_group=group, raw=True
        )


class RawTopics:
    """All topics of a recording.

    Attributes:
        publishers: how many each topic has, by name.
    """

    def __init__(self, node: Node, topics: Sequence[RecordedTopic]):
        self._topics = [RawTopic(node, topic) for topic in topics]
        self._clock = ReceptionClock(node)
        self._held: list[Received] = []  # of topics that are published once
        self.publishers = dict.fromkeys((topic.name for topic in topics), 0)

    def look(self) -> None:
        """Follows what publishers there are."""
        for topic in self._topics:
            self.publishers[topic.topic.name] = topic.look()

    def count(self) -> None:
        """Counts publishers and changes nothing: a subscription that is made anew misses messages."""
        for topic in self._topics:
            name = topic.topic.name
            self.publishers[name] = len(topic._node.get_publishers_info_by_topic(name))

    def take(self) -> list[Received]:
        """What has come on all topics since the last call."""
        taken: list[Received] = []
        self._clock.look()
        for index, topic in enumerate(self._topics):
            before = len(taken)
            topic.take(index, self._clock, taken)
            if topic.latched:
                self._hold(topic.topic.name, taken[before:])
        return taken

    def held(self, now_ns: int) -> list[Received]:
        """Messages that hold although they came earlier, as if they had come now.

        Without a number: those between them and the next ones are not lost, they belong to no episode.
        """
        return [(index, 0, now_ns, publish_ns, data) for index, _, _, publish_ns, data in self._held]

    def without_held(self, batch: list[Received]) -> list[Received]:
        """Messages that do not hold, of what was taken."""
        return [each for each in batch if not self._topics[each[0]].latched]

    def _hold(self, name: str, news: list[Received]) -> None:
        if name.endswith(EVENTS):
            news = [each for each in news if CURRENT in each[4]][-1:]
            self._held = [old for old in self._held if not news or old[0] != news[0][0]]
        known = {each[4] for each in self._held}  # a transform that is published again is the same
        self._held += [each for each in news if each[4] not in known]

    def close(self) -> None:
        """Leaves the topics."""
        for topic in self._topics:
            topic.close()


def offered(profile: QoSProfile) -> OfferedQos:
    """Quality of service as recordings carry it; DDS does not tell other nodes history and depth."""
    history = profile.history.name.lower()
    return OfferedQos(
        profile.reliability.name.lower(),
        profile.durability.name.lower(),
        history if history in ("keep_last", "keep_all") else "unknown",
        profile.depth,
    )
