"""The last second of messages of the topics that a contract observes, as samples by entry name.

The observations of a recording and of a recorder come from here alike; imports core and kinematics, no ROS.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

from midp_ros.control.observations.framed_reader import Transforms, newest_samples, readers_by_topic
from midp_ros.control.observations.same_moment import same_moment, stamp_s
from midp_ros.control.supervision.observation_monitor import Sample
from midp_ros.core.contract import Contract
from midp_ros.kinematics import RobotProfile

REMEMBERED_S = 1.0
Decode = Callable[[str, Any], Any]


def as_it_is(topic: str, message: Any) -> Any:
    """Decoder of messages that need none."""
    return message


class ObservationHistory:
    """Keeps messages with their times of arrival. A message is decoded and read only when samples are asked for.

    Args:
        contract: with full names of topics.
        profile: with the names that ROS uses.
        decode: makes a message of what was put, by its topic.
    """

    def __init__(self, contract: Contract, profile: RobotProfile, transforms: Transforms, decode: Decode = as_it_is):
        self.contract, self._decode = contract, decode
        self._readers = readers_by_topic(contract, profile, transforms)
        self._pictured = {image.topic for image in contract.images}
        self._messages: dict[str, deque[tuple[float, Any]]] = {topic: deque() for topic in self._readers}

    @property
    def arrived_s(self) -> dict[str, float]:
        """When the newest message of each topic arrived [s]; topics without one are left out."""
        return {topic: kept[-1][0] for topic, kept in self._messages.items() if kept}

    def put(self, topic: str, received_s: float, message: Any) -> None:
        """Adds what has arrived on an observed topic at a time [s]; what is older than a second is forgotten."""
        kept = self._messages[topic]
        kept.append((received_s, message))
        while not received_s - REMEMBERED_S <= kept[0][0] <= received_s:  # a clock may jump back
            kept.popleft()

    def clear(self) -> None:
        """Forgets every message: the world has changed at once."""
        for kept in self._messages.values():
            kept.clear()

    def samples(self, as_of_s: float = math.inf) -> dict[str, Sample]:
        """Samples as they were known at a time [s], by entry name; now, without one.

        Entries whose topic has had no message are left out. Pictures of several cameras are those of the same moment.
        """
        found: dict[str, Sample] = {}
        arrived = {topic: [m for m in kept if m[0] <= as_of_s] for topic, kept in self._messages.items()}
        stamps_s = {t: [stamp_s(m, received_s) for received_s, m in arrived[t]] for t in self._pictured}
        for topic, newest in same_moment(stamps_s).items():
            del arrived[topic][newest + 1 :]
        for topic, kept in arrived.items():
            known = ((received_s, self._decode(topic, message)) for received_s, message in reversed(kept))
            found |= newest_samples(self._readers[topic], known)[0]
        return found
