"""Events of a bag: JSON texts on topics that are called `events`; imports core, no ROS.

| event | of | meaning |
|---|---|---|
| `segment` | a driver | from `time_s` on, `label` drives: policy, correction, teleop, idle |
| `keep_since` | a driver | what lies before `time_s` does not belong to the episode |
| `start`, `stop`, `note`, ... | the recorder | what the operator did |
| any other | a driver | a named button, or an incident with its `reason` |
"""

from __future__ import annotations

import json
from typing import Any

from midp_ros.core.arrays import Array
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.message_types import message_types

STRING, NAME = "std_msgs/msg/String", "/events"


def read_events(reader: BagReader) -> list[dict[str, Any]]:
    """Events in the order of their times; texts that are no events are left out. Raises FileFormatError."""
    topics = [name for name, kind in reader.kinds.items() if kind == STRING and name.endswith(NAME)]
    found = []
    for topic, message in reader.messages(topics) if topics else ():
        try:
            content = json.loads(message_types().decode(STRING, message.data).data)
            event = {**content, "topic": topic, "event": str(content["event"]), "time_s": float(content["time_s"])}
        except (ValueError, KeyError, TypeError):
            continue
        if event not in found:  # what held at the start was written again
            found.append(event)
    return sorted(found, key=lambda event: float(event["time_s"]))


def event_text(event: dict[str, Any]) -> str:
    """An event in one line: its topic, its name, and what it carries."""
    more = {name: value for name, value in event.items() if name not in ("topic", "event", "time_s") and value != ""}
    return f"{event['topic']}: {event['event']}" + "".join(f", {name} {value}" for name, value in more.items())


def kept_from_s(events: list[dict[str, Any]]) -> float:
    """Time from which on an episode counts [s]."""
    return max((event["time_s"] for event in events if event["event"] == "keep_since"), default=float("-inf"))


def labelled_segments(events: list[dict[str, Any]], times: Array) -> list[dict[str, Any]]:
    """Who drove when, by the `segment` events: label, start and end [s] in the episode's clock; empty without any.

    Args:
        times: (steps,) of the episode, not empty.
    """
    changes = [(event["time_s"], str(event.get("label", ""))) for event in events if event["event"] == "segment"]
    first_s, last_s = float(times[0]), float(times[-1])
    before = [label for time_s, label in changes if time_s <= first_s]
    within = [(time_s, label) for time_s, label in changes if first_s < time_s <= last_s]
    parts = [*([(first_s, before[-1])] if before else []), *within]
    ends = [*(time_s for time_s, _ in parts[1:]), last_s]
    return [
        {"label": label, "start_s": start_s, "end_s": end_s}
        for (start_s, label), end_s in zip(parts, ends, strict=False)
    ]
