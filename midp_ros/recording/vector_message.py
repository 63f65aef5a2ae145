"""A vector as a std_msgs/msg/Float64MultiArray in CDR, by rosbags' Jazzy types; imports numpy and rosbags, no ROS."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rosbags.typesys import Stores, get_typestore

TYPE = "std_msgs/msg/Float64MultiArray"


@lru_cache(maxsize=1)
def _store() -> Any:
    return get_typestore(Stores.ROS2_JAZZY)


def definition() -> str:
    """The message's definition with those of its parts, as MCAP's `ros2msg` schema encoding asks for."""
    return str(_store().generate_msgdef(TYPE, ros_version=2)[0])


def type_hash() -> str:
    """The RIHS01 hash by which ROS 2 Jazzy recognises the type."""
    return str(_store().hash_rihs01(TYPE))


def encode(vector: ArrayLike) -> bytes:
    """The vector (n,) as CDR bytes."""
    types = _store().types
    layout = types["std_msgs/msg/MultiArrayLayout"](dim=[], data_offset=0)
    return bytes(_store().serialize_cdr(types[TYPE](layout=layout, data=np.asarray(vector, np.float64)), TYPE))


def decode(data: bytes) -> NDArray[np.float64]:
    """The vector (n,) in CDR bytes."""
    return np.array(_store().deserialize_cdr(data, TYPE).data, np.float64)
