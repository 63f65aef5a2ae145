"""Pictures of the graph's cameras for the page; imports pillow and rclpy.

A camera is subscribed to while its box is ticked: a stand-in's camera without a subscriber renders nothing.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.viewer.picture_panel import PicturePanel

KINDS = {"sensor_msgs/msg/Image": Image, "sensor_msgs/msg/CompressedImage": CompressedImage}
COMPRESSED = "/compressed"
CHANNELS = {"rgb8": (0, 1, 2), "bgr8": (2, 1, 0), "rgba8": (0, 1, 2), "bgra8": (2, 1, 0), "mono8": (0, 0, 0)}
WIDTH = 320  # pixels at most: more would only cost
QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
Picture = NDArray[np.uint8]  # (height, width, 3)


class PictureTopics:
    """Takes the newest picture of each camera that is switched on."""

    def __init__(self, node: Node, panel: PicturePanel):
        self._node, self._panel = node, panel
        self._offered: dict[str, str] = {}  # topic's type by topic
        self._topics: dict[str, PolledSubscription] = {}

    def look(self) -> None:
        """Finds the cameras that are there, and joins or leaves their topics."""
        types = {name: kinds[0] for name, kinds in self._node.get_topic_names_and_types() if len(kinds) == 1}
        self._offered = chosen({topic: kind for topic, kind in types.items() if kind in KINDS})
        for topic, kind in self._offered.items():
            if self._node.count_publishers(topic):
                self._panel.offer(topic)
            wanted = self._panel.wanted(topic)
            if wanted and topic not in self._topics:
                self._topics[topic] = PolledSubscription(self._node, KINDS[kind], topic, QOS)
            elif not wanted and topic in self._topics:
                self._topics.pop(topic).close()

    def show(self) -> None:
        """Shows what has come."""
        for topic, subscription in self._topics.items():
            if taken := subscription.take():
                picture = read(subscription.message(taken[-1]))
                if picture is not None:
                    self._panel.show(topic, picture)

    def close(self) -> None:
        """Leaves all topics."""
        for subscription in self._topics.values():
            subscription.close()
        self._topics = {}


def chosen(topics: dict[str, str]) -> dict[str, str]:
    """One topic of each camera: the compressed one where there is one; no depth pictures."""
    kept = {t: kind for t, kind in topics.items() if "depth" not in t.lower()}
    return {t: kind for t, kind in kept.items() if t + COMPRESSED not in kept}


def read(message: Any) -> Picture | None:
    """The picture at the page's size; None where its encoding cannot be shown, or its bytes are not a picture."""
    return _unpacked(message) if isinstance(message, CompressedImage) else _converted(message)


def _unpacked(message: CompressedImage) -> Picture | None:
    try:
        picture = Pictures.open(io.BytesIO(bytes(message.data)))
        picture.draft("RGB", (WIDTH, WIDTH))  # a JPEG is decoded at a fraction of its size
        return _small(np.asarray(picture.convert("RGB")))
    except OSError:
        return None


def _converted(message: Image) -> Picture | None:
    channels = CHANNELS.get(message.encoding)
    if channels is None or not message.height or message.step * message.height != len(message.data):
        return None
    rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
    pixels = rows[:, : message.width * (message.step // message.width)].reshape(message.height, message.width, -1)
    if max(channels) >= pixels.shape[2]:
        return None
    return np.ascontiguousarray(_small(pixels)[:, :, channels])


def _small(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    every = -(-pixels.shape[1] // WIDTH)
    return pixels[::every, ::every]
