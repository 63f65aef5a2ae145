"""The choice of pictures of several cameras that show the same moment; imports core, no ROS.

    control step                 |
    front     a    b    c    d   |        d is the newest
    wrist       a     b     c    |        c is the newest, and older than d
    chosen             c    c    |        each camera's picture nearest to it

Cameras do not shoot at once, and one may be slower than the other. A policy has learned from pictures that do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from midp_ros.control.observations.message_values import seconds_from_stamp
from midp_ros.core.stamp import NANOSECONDS, seconds

STAMP_AT = 4  # in CDR, behind the bytes that name the encoding: a header comes first in both kinds of pictures


def same_moment(stamps_s: Mapping[str, Sequence[float]]) -> dict[str, int]:
    """Which picture to take of each camera: the one nearest to the oldest of the newest stamps; of two, the newer.

    Args:
        stamps_s: of the pictures that have arrived [s], oldest first, by camera; one without a picture is left out.
    """
    arrived = {name: np.asarray(stamps) for name, stamps in stamps_s.items() if len(stamps)}
    if not arrived:
        return {}
    moment_s = min(float(stamps[-1]) for stamps in arrived.values())
    return {n: len(s) - 1 - int(np.abs(s[::-1] - moment_s).argmin()) for n, s in arrived.items()}


def stamp_s(message: Any, received_s: float) -> float:
    """The stamp of a picture [s], serialized or not; without one, its time of arrival."""
    if isinstance(message, (bytes, bytearray, memoryview)):
        sec, nanosec = np.frombuffer(message, "<i4", 1, STAMP_AT)[0], np.frombuffer(message, "<u4", 1, STAMP_AT + 4)[0]
        stamped_s = seconds(int(sec) * NANOSECONDS + int(nanosec))
    else:
        stamped_s = seconds_from_stamp(message.header.stamp)
    return min(stamped_s, received_s) if stamped_s else received_s
