"""Tables of numbers as the bytes of ROS messages of one shape, all at once; imports recording's message types.

A message whose strings and lengths never change keeps each number at one place in its bytes, where numpy writes the
numbers of a thousand messages in one go (plain CDR: OMG DDS-XTypes 1.3, section 7.4.1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.stamp import NANOSECONDS
from midp_ros.recording.bag.message_types import message_types

JOINT_STATE, WRENCH, TEXT = "sensor_msgs/msg/JointState", "geometry_msgs/msg/WrenchStamped", "std_msgs/msg/String"
TRAJECTORY = "trajectory_msgs/msg/JointTrajectory"
STAMP = slice(4, 12)  # of a message that begins with a header: behind the four bytes that name the encoding


class Table:
    """Messages with a header's stamp and some columns of doubles.

    Args:
        template: a message's bytes, each column in it filled with `marks`.
        marks: the numbers (size,) by which a column is found in the template.
    """

    def __init__(self, template: bytes, marks: Mapping[str, Array]):
        self._template = np.frombuffer(template, np.uint8)
        self._places = {name: slice(at := template.index(m.tobytes()), at + m.nbytes) for name, m in marks.items()}

    def rows(self, stamps_ns: NDArray[np.int64], columns: Mapping[str, Array]) -> list[bytes]:
        """A message's bytes for each stamp [ns] and each row of the columns (n, size)."""
        rows = np.tile(self._template, (len(stamps_ns), 1))
        stamps = np.ascontiguousarray(np.stack(np.divmod(stamps_ns, NANOSECONDS), axis=1), "<u4")
        rows[:, STAMP] = stamps.view(np.uint8).reshape(len(stamps), 8)
        for name, values in columns.items():
            packed = np.ascontiguousarray(values, "<f8").view(np.uint8)
            rows[:, self._places[name]] = packed.reshape(len(stamps), -1)
        return [row.tobytes() for row in rows]

    def columns(self, messages: Sequence[bytes]) -> tuple[NDArray[np.int64], dict[str, Array]]:
        """Stamps [ns] and columns out of messages; raises FileFormatError where they are of another shape."""
        if any(len(m) != len(self._template) for m in messages):
            raise FileFormatError("its messages are not of the shape that a black box writes")
        rows = np.frombuffer(b"".join(messages), np.uint8).reshape(len(messages), -1)
        stamps = np.ascontiguousarray(rows[:, STAMP]).view("<u4").astype(np.int64)
        found = {name: np.ascontiguousarray(rows[:, place]).view("<f8") for name, place in self._places.items()}
        return stamps[:, 0] * NANOSECONDS + stamps[:, 1], {name: np.array(v) for name, v in found.items()}


@lru_cache(maxsize=16)
def joint_table(names: tuple[str, ...], columns: tuple[str, ...]) -> Table:
    """sensor_msgs/JointState of these joints with these of position, velocity and effort."""
    marks = {column: np.pi * (1 + k) + np.arange(len(names), dtype="<f8") for k, column in enumerate(columns)}
    nothing = {c: np.empty(0, "<f8") for c in ("position", "velocity", "effort")}
    message = message_types().encode(JOINT_STATE, header=_header(), name=list(names), **{**nothing, **marks})
    return Table(message, marks)


@lru_cache(maxsize=1)
def wrench_table() -> Table:
    """geometry_msgs/WrenchStamped; its one column is `wrench` (6,)."""
    types, marks = message_types(), np.pi + np.arange(6, dtype="<f8")
    force, torque = (types.part("geometry_msgs/msg/Vector3", x=v[0], y=v[1], z=v[2]) for v in (marks[:3], marks[3:]))
    wrench = types.part("geometry_msgs/msg/Wrench", force=force, torque=torque)
    return Table(types.encode(WRENCH, header=_header(), wrench=wrench), {"wrench": marks})


def text(content: str) -> bytes:
    """std_msgs/String."""
    return message_types().encode(TEXT, data=content)


def text_of(data: bytes) -> str:
    """The content of a std_msgs/String."""
    return str(message_types().decode(TEXT, data).data)


def _header() -> Any:
    types = message_types()
    return types.part(
        "std_msgs/msg/Header", stamp=types.part("builtin_interfaces/msg/Time", sec=0, nanosec=0), frame_id=""
    )
