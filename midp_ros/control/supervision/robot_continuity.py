"""Whether it is the same robot all the time: a long silence or a new publisher of its state ends that.

What happened meanwhile is not known: the robot may have been started again, led by hand, or replaced by another one.
Imports nothing of ours.
"""

from __future__ import annotations

from collections.abc import Mapping

SETTLING_S = 3.0  # discovery takes up to a second, more on a busy machine: so long all publishers are the first ones


class RobotContinuity:
    """Judges when the robot's state arrived, and by which publishers.

    Args:
        longest_silence_s: a longer silence is a break [s].
        settling_s: from the first publisher of a topic on, others of it are no news for so long [s].
    """

    def __init__(self, longest_silence_s: float, settling_s: float = SETTLING_S):
        self._longest_s, self._settling_s = longest_silence_s, settling_s
        self._publishers: dict[str, tuple[float, dict[bytes, str]]] = {}  # when the first one was there, and all

    def silence(self, time_s: float, arrived_s: Mapping[str, float]) -> str:
        """Which topic has been silent for too long; empty if none has.

        Args:
            time_s: now, on a clock that may jump back.
            arrived_s: when the newest message of each topic arrived, on the same clock; topics without one left out.
        """
        silent_s = {topic: time_s - arrival_s for topic, arrival_s in arrived_s.items()}
        topic = max(silent_s, key=silent_s.__getitem__, default="")
        if not topic or silent_s[topic] <= self._longest_s:
            return ""
        return f"the robot was silent for more than {self._longest_s:g} s on {topic}"

    def publishers(self, time_s: float, topic: str, nodes: Mapping[bytes, str]) -> str:
        """Which publisher of a topic is new; empty if none is.

        Args:
            time_s: now, on a clock that cannot jump.
            nodes: the node of each publisher that the topic has now, by the publisher's id; empty where not known yet.
        """
        if not nodes:
            return ""
        first_s, known = self._publishers.setdefault(topic, (time_s, {}))
        new = {gid: name for gid, name in nodes.items() if gid not in known}
        before = set(known.values())
        known.update(new)
        if not new or time_s - first_s <= self._settling_s:
            return ""
        name = min(new.values()) or "a node whose name is not known yet"
        again = "was started again or a second one was started" if name in before else "is new"
        return f"a publisher of {topic}, {name}, {again}"
