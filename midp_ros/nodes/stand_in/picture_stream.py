"""Test pictures at a camera's full rate, for trials of what receives them; imports rclpy.

Rendering a scene takes longer than a camera's 30 Hz leave. These pictures are made and serialized once, and stamped.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from sensor_msgs.msg import Image

from midp_ros.core.stamp import NANOSECONDS
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.steady_timer import steady_timer

PARAMETERS = (
    Parameter("cameras", "front,wrist", "names, with commas between"),
    Parameter("rate_hz", 30.0, "of each camera's pictures [Hz]", 1.0, 120.0),
    Parameter("width", 320, "of a picture [pixels]", 16, 1920),
    Parameter("height", 240, "of a picture [pixels]", 16, 1080),
)
PICTURES, NOISE = 8, 6  # different ones; grey levels, as a camera has them
STAMP_AT = 4  # behind the bytes that name the encoding


class PictureStreamNode(Node):
    """Publishes camera/NAME/image_raw."""

    def __init__(self, **options: Any) -> None:
        super().__init__("picture_stream", **options)
        declare(self, PARAMETERS)
        names = [name for name in value(self, "cameras").split(",") if name]
        qos = QoSProfile(depth=30, reliability=ReliabilityPolicy.RELIABLE)
        self._publishers_ = [self.create_publisher(Image, f"camera/{name}/image_raw", qos) for name in names]
        self._pictures = [self._picture(k) for k in range(PICTURES)]
        self._sent = 0
        self._timer_ = steady_timer(self, 1.0 / value(self, "rate_hz"), self._publish)

    def _picture(self, number: int) -> bytearray:
        width, height, rng = value(self, "width"), value(self, "height"), np.random.default_rng(number)
        slope = np.linspace(0, 200, width)[None, :, None] + 10 * number * np.ones((height, 1, 3))
        pixels = (slope + rng.integers(0, NOISE, (height, width, 3))).clip(0, 255).astype(np.uint8)
        message = Image(height=height, width=width, encoding="rgb8", step=3 * width)
        message.header.frame_id = "camera"
        message.data.frombytes(pixels.tobytes())
        return bytearray(serialize_message(message))

    def _publish(self) -> None:
        picture = self._pictures[self._sent % PICTURES]
        now_ns = time.time_ns()
        picture[STAMP_AT : STAMP_AT + 8] = np.array(divmod(now_ns, NANOSECONDS), "<u4").tobytes()
        for publisher in self._publishers_:
            publisher.publish(bytes(picture))
        self._sent += 1
