"""Pictures made smaller for a recording, as image_transport publishes them; imports Pillow, no ROS.

A sensor_msgs/Image on TOPIC becomes a sensor_msgs/CompressedImage on TOPIC/compressed.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.bag.message_types import message_types

IMAGE, COMPRESSED = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"
SUFFIX = "/compressed"
FORMATS = ("jpeg", "png", "raw")
JPEG_QUALITY = 90  # of 95, from which on files grow without a visible gain (Pillow's documentation)
CHANNELS = {"rgb8": ("RGB", 3), "bgr8": ("RGB", 3), "mono8": ("L", 1), "8UC1": ("L", 1)}
TARGETS = {"rgb8": "bgr8", "bgr8": "bgr8", "mono8": "mono8", "8UC1": "mono8"}  # as image_transport names them
DEEP = {"16UC1", "mono16"}  # depth: PNG alone carries 16 bits


def compressor(encoding: str, wanted: str) -> Callable[[bytes], bytes] | None:
    """From an Image's CDR bytes to a CompressedImage's; None where pictures of an encoding stay as they are.

    Args:
        wanted: one of FORMATS.
    """
    if wanted == "raw" or encoding not in CHANNELS.keys() | DEEP:
        return None
    return lambda data: compressed(data, "png" if encoding in DEEP else wanted)


def encoding_of(data: bytes) -> str:
    """Encoding of an Image in CDR; raises FileFormatError."""
    return str(message_types().decode(IMAGE, data).encoding)


def compressed(data: bytes, wanted: str) -> bytes:
    """An Image in CDR as a CompressedImage in CDR; raises FileFormatError for an image that contradicts itself."""
    from PIL import Image

    message, out = message_types().decode(IMAGE, data), BytesIO()
    picture = Image.fromarray(_pixels(message))
    picture.save(out, wanted.upper(), **({"quality": JPEG_QUALITY} if wanted == "jpeg" else {"compress_level": 1}))
    return message_types().encode(
        COMPRESSED,
        header=message.header,
        format=f"{message.encoding}; {wanted} compressed {TARGETS.get(message.encoding, '')}".strip(),
        data=np.frombuffer(out.getvalue(), np.uint8),
    )


def decompressed(data: bytes) -> Any:
    """The Image that a CompressedImage in CDR holds; of a JPEG, nearly. Raises FileFormatError."""
    from PIL import Image

    message = message_types().decode(COMPRESSED, data)
    encoding = message.format.partition(";")[0].strip()
    try:
        pixels = np.asarray(Image.open(BytesIO(message.data.tobytes())))
    except OSError as e:
        raise FileFormatError(f"a picture of format {message.format!r} cannot be read: {e}") from None
    if encoding == "bgr8":
        pixels = pixels[:, :, ::-1]
    kind = np.uint16 if encoding in DEEP else np.uint8
    rows = np.ascontiguousarray(pixels.astype(kind)).view(np.uint8).reshape(pixels.shape[0], -1)
    return message_types().part(
        IMAGE, header=message.header, height=pixels.shape[0], width=pixels.shape[1], encoding=encoding,
        is_bigendian=0, step=rows.shape[1], data=rows.ravel(),
    )  # fmt: skip


def _pixels(message: Any) -> np.ndarray:
    """Rows of pixels, in RGB where they have colours."""
    try:
        if message.encoding in DEEP:
            rows = message.data.view(">u2" if message.is_bigendian else "<u2").reshape(message.height, -1)
            return np.ascontiguousarray(rows[:, : message.width]).astype(np.uint16)
        _, channels = CHANNELS[message.encoding]
        rows = message.data.reshape(message.height, message.step)[:, : message.width * channels]
    except ValueError as e:
        raise FileFormatError(f"an image of {message.width} x {message.height} has other data: {e}") from None
    if channels == 1:
        return np.ascontiguousarray(rows)
    pixels = rows.reshape(message.height, message.width, channels)
    return np.ascontiguousarray(pixels[:, :, ::-1] if message.encoding == "bgr8" else pixels)
