"""Messages that are serialized once and then changed in their bytes; imports rclpy.

rclpy converts a message field by field each time it is published: 0.2 ms for a FrankaRobotState. Its strings and array
lengths never change, so every number keeps its place in the bytes, and numpy writes them there in a few microseconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rclpy.serialization import serialize_message

from midp_ros.core.arrays import Array
from midp_ros.core.stamp import NANOSECONDS, nanoseconds

SIZES = {"boolean": 1, "octet": 1, "uint8": 1, "int32": 4, "uint32": 4, "double": 8}
CDR_HEADER = 4  # bytes that name the encoding; alignment counts from behind them
PLAIN_CDR = b"\x00\x01"  # little endian


class PackedMessage:
    """The bytes of one message of constant shape (plain CDR: OMG DDS-XTypes 1.3, section 7.4.1).

    Args:
        template: its strings and the lengths of its arrays are kept; its numbers are where one starts.
    """

    def __init__(self, template: Any):
        self._buffer = bytearray(serialize_message(template))
        self._places: dict[str, tuple[int, str]] = {}  # offset behind the header, and type, by path
        self._place(template, "", 0)
        body = memoryview(self._buffer)[CDR_HEADER:]
        self._doubles: Array = np.frombuffer(body, np.float64, len(body) // 8)
        self._words = np.frombuffer(body, np.uint32, len(body) // 4)
        self._bytes = np.frombuffer(body, np.uint8)
        self._seconds = np.array([o // 4 for path, (o, _) in self._places.items() if path.endswith(".sec")], int)

    def numbers(self, path: str) -> Array:
        """A view of the doubles at or below a path such as `o_t_ee.pose`; what is written there is published."""
        indices = self.indices(path)
        if len(indices) != indices[-1] - indices[0] + 1:
            raise ValueError(f"the numbers of {path!r} do not lie side by side")
        return self._doubles[indices[0] : indices[-1] + 1]

    def indices(self, path: str) -> NDArray[np.intp]:
        """Where in `doubles` the numbers at or below a path lie; an empty path means all of them."""
        found = [o // 8 for p, (o, kind) in self._places.items() if kind == "double" and _below(p, path)]
        return np.array(found, np.intp)

    @property
    def doubles(self) -> Array:
        """The body as doubles: only the entries that `indices` names are some."""
        return self._doubles

    def byte(self, path: str) -> int:
        """Where in `octets` a one-byte field lies."""
        offset, kind = self._places[path]
        if SIZES[kind] != 1:
            raise ValueError(f"{path!r} is a {kind}, not one byte")
        return offset

    def offset(self, path: str) -> int:
        """Where in the message's bytes a number lies, or a string's first character."""
        return CDR_HEADER + self._places[path][0]

    @property
    def octets(self) -> NDArray[np.uint8]:
        """The body's bytes, for flags and small numbers."""
        return self._bytes

    def stamp(self, time_s: float) -> None:
        """Writes a time [s] into every stamp of the message."""
        whole, rest = divmod(nanoseconds(time_s), NANOSECONDS)
        self._words[self._seconds] = whole
        self._words[self._seconds + 1] = rest

    def to_bytes(self) -> bytes:
        """What `Publisher.publish` sends as it is."""
        return bytes(self._buffer)

    def _place(self, message: Any, prefix: str, offset: int) -> int:
        for name, kind in message.get_fields_and_field_types().items():
            offset = self._place_value(getattr(message, name), kind, f"{prefix}{name}", offset)
        return offset

    def _place_value(self, value: Any, kind: str, path: str, offset: int) -> int:
        if kind in SIZES:
            offset = _aligned(offset, SIZES[kind])
            self._places[path] = offset, kind
            return offset + SIZES[kind]
        if kind == "string":
            self._places[path] = _aligned(offset, 4) + 4, kind
            return _aligned(offset, 4) + 4 + len(value.encode()) + 1
        if kind.startswith("sequence<"):
            return self._place_each(value, kind[len("sequence<") : -1], path, _aligned(offset, 4) + 4)
        if kind.endswith("]"):
            return self._place_each(value, kind[: kind.index("[")], path, offset)
        return self._place(value, f"{path}.", offset)

    def _place_each(self, values: Any, kind: str, path: str, offset: int) -> int:
        for i, value in enumerate(values):
            offset = self._place_value(value, kind, f"{path}.{i}", offset)
        return offset


def _aligned(offset: int, size: int) -> int:
    return -(-offset // size) * size


def _below(path: str, parent: str) -> bool:
    return not parent or path == parent or path.startswith(f"{parent}.")
