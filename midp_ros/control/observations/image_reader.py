"""Pictures out of sensor_msgs Image and CompressedImage, cut and resized to a contract's shape.

Imports core, kinematics and Pillow, no ROS. A message may be rclpy's, or one that rosbags has read out of a recording.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from midp_ros.control.observations.message_values import sample_time_s
from midp_ros.control.supervision.observation_monitor import Sample
from midp_ros.core.arrays import Picture
from midp_ros.core.contract import ImageEntry
from midp_ros.core.errors import ObservationError
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.naming import frame_names

CHANNELS: dict[str, tuple[int, list[int]]] = {  # of IMAGE_ENCODINGS: how many, and which are red, green and blue
    "rgb8": (3, [0, 1, 2]),
    "bgr8": (3, [2, 1, 0]),
    "rgba8": (4, [0, 1, 2]),
    "bgra8": (4, [2, 1, 0]),
    "mono8": (1, [0, 0, 0]),
}


class ImageReader:
    """Reads one image of a contract.

    Args:
        profile: with the names that ROS uses.
    """

    def __init__(self, image: ImageEntry, profile: RobotProfile):
        self._shape, self._frames = image.shape, frame_names(image.frame, profile) if image.frame else ()

    def sample(self, received_s: float, message: Any) -> Sample:
        """The picture out of a message in the contract's shape, or what is wrong with it.

        Args:
            received_s: on the node's clock [s].
        """
        time_s = sample_time_s(received_s, message)
        given = message.header.frame_id.lstrip("/")
        if self._frames and given not in self._frames:
            wanted = " or ".join(map(repr, self._frames))
            return Sample(time_s, problem=f"it is in frame {given!r}, the contract's is {wanted}")
        try:
            return Sample(time_s, picture=fitted(pixels(message), (self._shape[0], self._shape[1])))
        except ObservationError as e:
            return Sample(time_s, problem=str(e))


def pixels(message: Any) -> Picture:
    """Red, green and blue (height, width, 3) of an Image or a CompressedImage.

    Raises:
        ObservationError: an encoding that is not of 8 bits, or data that are no such picture.
    """
    if hasattr(message, "format"):
        return _decompressed(message)
    if message.encoding not in CHANNELS:
        raise ObservationError(f"pictures of encoding {message.encoding!r} are not read; known: {', '.join(CHANNELS)}")
    channels, order = CHANNELS[message.encoding]
    try:
        rows = np.frombuffer(message.data, np.uint8).reshape(message.height, message.step)
        whole = rows[:, : message.width * channels].reshape(message.height, message.width, channels)
    except ValueError as e:
        raise ObservationError(f"a picture of {message.width} x {message.height} has other data: {e}") from None
    return np.ascontiguousarray(whole[:, :, order])


def fitted(picture: Picture, size: tuple[int, int]) -> Picture:
    """The largest part about a picture's middle that has the aspect of a size (height, width), resized to it.

    A pixel is the mean of those that it covers, so that a camera of any resolution gives nearly the same.
    """
    (tall, wide), (height, width) = picture.shape[:2], size
    if (tall, wide) == size:
        return picture
    scale = min(tall / height, wide / width)
    kept_tall, kept_wide = scale * height, scale * width
    left, top = (wide - kept_wide) / 2, (tall - kept_tall) / 2
    from PIL import Image

    box = (left, top, left + kept_wide, top + kept_tall)
    way = Image.Resampling.BOX if scale > 1 else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(picture).resize((width, height), way, box))


def _decompressed(message: Any) -> Picture:
    from PIL import Image

    try:
        return np.asarray(Image.open(io.BytesIO(bytes(message.data))).convert("RGB"))
    except (OSError, SyntaxError, ValueError) as e:  # Pillow's parsers raise any of them
        raise ObservationError(f"a picture of format {message.format!r} cannot be read: {e}") from None
