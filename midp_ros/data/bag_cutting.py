"""A part of a bag as a bag: every topic at its full rate, between two times; imports core and recording, no ROS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.stamp import NANOSECONDS, nanoseconds
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.bag_writer import BagWriter
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import INFO, BagTopic, qos_from_text, read_metadata
from midp_ros.recording.setup import Setup

STATIC = "/tf_static"  # latched: published once, before everything
DERIVED = ("left_out", "segments")  # of the info: made when the bag is read
EDGE_NS = 1000  # a step's time in seconds is that of a stamp, rounded
KEPT = ("midp_contract", "midp_recording")


def cut_bag(source: Path, target: Path, from_s: float, to_s: float, info: dict[str, Any]) -> None:
    """Writes the steps from one time to another, with the observations that they are made of.

    Args:
        from_s, to_s: times of the first and the last step, on the bag's clock.
        info: of the new episode.

    Raises:
        FileFormatError: the source is damaged.
        RecordingError: the disk refuses.
    """
    reader = BagReader(source)
    setup, contract = Setup.from_plain(reader.metadata(KEPT[1])), Contract.from_dict(reader.metadata(KEPT[0]))
    drivers = {driver.topic: driver for driver in setup.drivers}
    about = {name: reader.metadata(name) for name in KEPT}
    kept_info = {key: value for key, value in info.items() if key not in DERIVED}
    writer = BagWriter(target, {**about, INFO: kept_info}, reserve_bytes=0)
    first_ns, last_ns, step_ns = nanoseconds(from_s), nanoseconds(to_s), nanoseconds(contract.step_s)
    earlier_ns = 0 if setup.guided else nanoseconds(setup.max_observation_age_s)
    channels: dict[str, int] = {}
    topics = {topic.name: topic for topic in _topics(source)}
    try:
        for topic, message in reader.messages():
            low_ns, high_ns, at_ns = first_ns - earlier_ns, last_ns + step_ns, message.log_ns
            if topic in drivers:
                at_ns = _stamp_ns(reader.kinds[topic], message.data)
                low_ns, high_ns = first_ns - EDGE_NS, last_ns + EDGE_NS
                if drivers[topic].step_s != contract.step_s:  # a stream: the newest up to the end of the last step
                    high_ns += step_ns
            if topic != STATIC and not low_ns <= at_ns <= high_ns:
                continue
            if topic not in channels:
                channels[topic] = writer.add_topic(topics[topic])
            writer.write(channels[topic], message.sequence, message.log_ns, message.publish_ns, message.data)
        writer.finish({})
    except BaseException:
        writer.discard()
        raise


def _topics(source: Path) -> list[BagTopic]:
    found = []
    for each in read_metadata(source).get("topics_with_message_count", []):
        about = each["topic_metadata"]
        qos = qos_from_text(about.get("offered_qos_profiles", ""))
        found.append(BagTopic(about["name"], about["type"], about.get("type_description_hash", ""), qos))
    return found


def _stamp_ns(kind: str, data: bytes) -> int:
    stamp = message_types().decode(kind, data).header.stamp
    return int(stamp.sec) * NANOSECONDS + int(stamp.nanosec)
