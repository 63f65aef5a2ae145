"""metadata.yaml of a rosbag2 folder; imports PyYAML, no ROS.

Version 8 of the format is read by rosbag2 of Humble and Jazzy alike; from version 9 on, QoS profiles are no text any
more, which Humble refuses.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_text
from midp_ros.core.files.yaml_file import parsed

NAME, VERSION = "metadata.yaml", 8
INFO = "midp_info"  # in its custom_data, as JSON
# rmw's numbers (rmw/types.h), which version 8 writes.
HISTORY = {"system_default": 0, "keep_last": 1, "keep_all": 2, "unknown": 3}
RELIABILITY = {"system_default": 0, "reliable": 1, "best_effort": 2, "unknown": 3}
DURABILITY = {"system_default": 0, "transient_local": 1, "volatile": 2, "unknown": 3}
LIVELINESS = {"system_default": 0, "automatic": 1, "manual_by_topic": 3, "unknown": 4}
INFINITE = {"sec": 9223372036, "nsec": 854775807}


@dataclass(frozen=True)
class OfferedQos:
    """Quality of service that a publisher offers, in the words of `ros2 topic info --verbose`, in lower case."""

    reliability: str = "reliable"
    durability: str = "volatile"
    history: str = "keep_last"
    depth: int = 10


@dataclass(frozen=True)
class BagTopic:
    """A topic of a bag.

    Attributes:
        kind: message type, e.g. `sensor_msgs/msg/JointState`.
        type_hash: RIHS01; empty where it is unknown.
    """

    name: str
    kind: str
    type_hash: str = ""
    qos: tuple[OfferedQos, ...] = (OfferedQos(),)


@dataclass(frozen=True)
class BagSummary:
    """Contents of a bag: topics with their numbers of messages, first and last log time [ns], files, and info."""

    topics: tuple[tuple[BagTopic, int], ...]
    start_ns: int
    end_ns: int
    files: tuple[str, ...]
    info: dict[str, Any]


def qos_text(profiles: Sequence[OfferedQos]) -> str:
    """Profiles as YAML, as version 8 of metadata.yaml and the channels of MCAP carry them."""
    plain = [
        {
            "history": HISTORY.get(p.history, HISTORY["unknown"]),
            "depth": p.depth,
            "reliability": RELIABILITY.get(p.reliability, RELIABILITY["unknown"]),
            "durability": DURABILITY.get(p.durability, DURABILITY["unknown"]),
            "deadline": dict(INFINITE),
            "lifespan": dict(INFINITE),
            "liveliness": LIVELINESS["automatic"],
            "liveliness_lease_duration": dict(INFINITE),
            "avoid_ros_namespace_conventions": False,
        }
        for p in profiles
    ]
    return yaml.safe_dump(plain, sort_keys=False).strip()


def qos_from_text(text: Any) -> tuple[OfferedQos, ...]:
    """The inverse of `qos_text`; nothing where there is no profile: players then take their own."""
    try:
        return tuple(OfferedQos(*_words(profile)) for profile in parsed(text) or [])
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        return ()


def _words(profile: dict[str, Any]) -> tuple[str, str, str, int]:
    def word(known: dict[str, int], value: Any) -> str:
        return next((name for name, number in known.items() if value in (number, name)), "unknown")

    return (
        word(RELIABILITY, profile["reliability"]),
        word(DURABILITY, profile["durability"]),
        word(HISTORY, profile["history"]),
        int(profile["depth"]),
    )


def write_metadata(folder: Path, summary: BagSummary) -> None:
    """Writes a bag's metadata.yaml, whole or not at all; raises OutputError."""
    about = {"starting_time": {"nanoseconds_since_epoch": summary.start_ns}}
    about["duration"] = {"nanoseconds": summary.end_ns - summary.start_ns}
    count = sum(number for _, number in summary.topics)
    content: dict[str, Any] = {
        "version": VERSION,
        "storage_identifier": "mcap",
        **about,
        "message_count": count,
        "topics_with_message_count": [
            {
                "topic_metadata": {
                    "name": topic.name,
                    "type": topic.kind,
                    "serialization_format": "cdr",
                    "offered_qos_profiles": qos_text(topic.qos),
                    "type_description_hash": topic.type_hash,
                },
                "message_count": number,
            }
            for topic, number in summary.topics
        ],
        "compression_format": "",
        "compression_mode": "",
        "relative_file_paths": list(summary.files),
        "files": [{"path": name, **about, "message_count": count} for name in summary.files],
        "custom_data": {INFO: json.dumps(summary.info, sort_keys=True)},
        "ros_distro": "jazzy",
    }
    write_text(folder / NAME, yaml.safe_dump({"rosbag2_bagfile_information": content}, sort_keys=False, width=1000))


def read_metadata(folder: Path) -> dict[str, Any]:
    """The information of a bag's metadata.yaml; raises FileFormatError where there is none or it is damaged."""
    path = folder / NAME
    try:
        return dict(parsed(path.read_text())["rosbag2_bagfile_information"])
    except OSError as e:
        raise FileFormatError(f"cannot read {path}: {e.strerror or e}") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as e:
        raise FileFormatError(f"{path} is no metadata of a bag: {str(e).splitlines()[0]}") from None


def read_bag_info(folder: Path) -> dict[str, Any]:
    """A bag's info, without its messages; raises FileFormatError."""
    text = (read_metadata(folder).get("custom_data") or {}).get(INFO)
    if text is None:
        raise FileFormatError(f"bag {folder} has no info of midp_ros: another program has recorded it")
    try:
        return dict(json.loads(text))
    except ValueError:
        raise FileFormatError(f"{folder / NAME}: its info is no JSON") from None


def change_bag_info(folder: Path, info: dict[str, Any]) -> None:
    """Replaces a bag's info, whole or not at all, and leaves its messages as they are; raises OutputError."""
    content = read_metadata(folder)
    content["custom_data"] = {**(content.get("custom_data") or {}), INFO: json.dumps(info, sort_keys=True)}
    text = yaml.safe_dump({"rosbag2_bagfile_information": content}, sort_keys=False, width=1000)
    write_text(folder / NAME, text)

