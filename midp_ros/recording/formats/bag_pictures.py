"""Pictures of a bag at an episode's steps: the newest that had arrived, as a policy would have seen it; no ROS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from midp_ros.control.observations.image_reader import pixels
from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError, ObservationError
from midp_ros.core.stamp import nanoseconds
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.formats.demonstration import Camera, Picture

RAW, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
UNNAMED = {"camera", "image", "image_raw", "image_rect", "image_rect_raw", "image_color", "color", "compressed"}


def camera_topics(path: Path) -> dict[str, str]:
    """Topics of a bag's colour cameras, by a name for each."""
    found: dict[str, str] = {}
    for topic, kind in sorted(BagReader(path).kinds.items()):
        if kind in (RAW, COMPRESSED) and "depth" not in topic:
            words = [word for word in topic.split("/") if word and word not in UNNAMED]
            name = "_".join(words) or "camera"
            if name not in found or kind == COMPRESSED:
                found[name] = topic
    return found


def bag_cameras(path: Path, time_s: Array) -> dict[str, Camera]:
    """The cameras of a bag, with a picture for each time [s]."""
    return {name: Camera(_frames(path, topic, time_s)) for name, topic in camera_topics(path).items()}


def _frames(path: Path, topic: str, time_s: Array) -> Any:
    def frames() -> Iterator[Picture]:
        reader, stamps = BagReader(path), [nanoseconds(t) for t in time_s]
        newest, step = None, 0
        for _, message in reader.messages({topic}):
            while newest is not None and step < len(stamps) and stamps[step] < message.log_ns:
                yield newest
                step += 1
            if step == len(stamps):
                return
            newest = _picture(message_types().decode(reader.kinds[topic], message.data), path, topic)
        if newest is None:
            raise FileFormatError(f"bag {path} has no picture on {topic}")
        for _ in range(step, len(stamps)):
            yield newest

    return frames


def _picture(message: Any, path: Path, topic: str) -> Picture:
    try:
        return pixels(message)
    except ObservationError as e:
        raise FileFormatError(f"bag {path}, topic {topic}: {e}") from None
