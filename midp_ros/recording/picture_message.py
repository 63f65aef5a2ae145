"""A picture as a sensor_msgs/msg/CompressedImage in CDR, in PNG and so without loss; imports Pillow, no ROS."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from midp_ros.control.observations.image_reader import pixels
from midp_ros.core.arrays import Picture
from midp_ros.core.errors import FileFormatError, ObservationError
from midp_ros.core.stamp import NANOSECONDS
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.pictures import COMPRESSED

FORMAT = "rgb8; png compressed bgr8"  # as image_transport names it
FASTEST = 1  # of zlib's levels; a higher one saves little of a small picture


def encoded(picture: Picture, stamp_ns: int, frame: str) -> bytes:
    """A picture (height, width, 3) as CDR bytes, stamped and in a frame."""
    from PIL import Image

    out, types = BytesIO(), message_types()
    Image.fromarray(picture).save(out, "PNG", compress_level=FASTEST)
    sec, nanosec = divmod(stamp_ns, NANOSECONDS)
    stamp = types.part("builtin_interfaces/msg/Time", sec=sec, nanosec=nanosec)
    header = types.part("std_msgs/msg/Header", stamp=stamp, frame_id=frame)
    return types.encode(COMPRESSED, header=header, format=FORMAT, data=np.frombuffer(out.getvalue(), np.uint8))


def decoded(data: bytes) -> Picture:
    """The picture (height, width, 3) in CDR bytes; raises FileFormatError."""
    try:
        return pixels(message_types().decode(COMPRESSED, data))
    except ObservationError as e:
        raise FileFormatError(str(e)) from None
