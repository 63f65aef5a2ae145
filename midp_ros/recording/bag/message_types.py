"""Definitions, hashes and decoding of message types; imports rosbags, no ROS.

rosbags carries the types of ROS 2 Jazzy. Others, as franka_msgs, are found where their packages are installed, or come
out of the recording that holds their messages.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from midp_ros.core.errors import FileFormatError
from midp_ros.core.package_files import package_directory

CDR_HEADER_BYTES = 4  # that name the encoding; the second one's lowest bit: little endian
SEPARATOR = "=" * 80  # between a definition and those of its parts, in MCAP's schema encoding `ros2msg`


class MessageTypes:
    """Message types by name, e.g. `sensor_msgs/msg/JointState`."""

    def __init__(self) -> None:
        self._store: Any = get_typestore(Stores.ROS2_JAZZY)
        self._missing: set[str] = set()

    def known(self, kind: str) -> bool:
        """Whether messages of a type can be decoded; looks for its definition where it is not known yet."""
        if kind not in self._store.types and kind not in self._missing and not self._find(kind):
            self._missing.add(kind)
        return kind in self._store.types

    def definition(self, kind: str) -> str:
        """A type's definition with those of its parts, as `ros2msg` asks for; empty where it is unknown."""
        return str(self._store.generate_msgdef(kind, ros_version=2)[0]) if self.known(kind) else ""

    def type_hash(self, kind: str) -> str:
        """The RIHS01 hash by which ROS 2 recognises a type; empty where it is unknown."""
        return str(self._store.hash_rihs01(kind)) if self.known(kind) else ""

    def add(self, kind: str, definition: str) -> None:
        """Adds a type by its definition in `ros2msg`, with the parts that are not known yet.

        Raises:
            FileFormatError: it is no definition.
        """
        if kind in self._store.types:
            return
        first, *parts = definition.split(f"{SEPARATOR}\nMSG: ")
        try:
            found = get_types_from_msg(first, kind)
            for part in parts:
                name, _, text = part.partition("\n")
                package, _, short = name.strip().rpartition("/")
                found |= get_types_from_msg(text, f"{package.removesuffix('/msg')}/msg/{short}")
            self._store.register({name: each for name, each in found.items() if name not in self._store.types})
        except Exception as e:  # a parser may fail in any way
            raise FileFormatError(f"the definition of {kind} cannot be read: {e}") from None

    def decode(self, kind: str, data: bytes) -> Any:
        """A message out of its CDR bytes; raises FileFormatError for an unknown type or other bytes."""
        if not self.known(kind):
            raise FileFormatError(f"messages of {kind} cannot be decoded: its definition was not found")
        try:
            # The store's own function refuses what rclpy leaves behind a message that was serialized beforehand.
            description = self._store.get_msgdef(kind)
            read = description.deserialize_cdr_le if data[1] else description.deserialize_cdr_be
            return read(data[CDR_HEADER_BYTES:], 0, description.cls, self._store)[0]
        except Exception as e:  # damaged bytes can make a parser fail in any way
            raise FileFormatError(f"a message of {kind} is damaged: {type(e).__name__} {e}") from None

    def encode(self, kind: str, **fields: Any) -> bytes:
        """CDR bytes of a message of known type with these fields."""
        return bytes(self._store.serialize_cdr(self._store.types[kind](**fields), kind))

    def part(self, kind: str, **fields: Any) -> Any:
        """A message of a known type, e.g. as a part of another one."""
        return self._store.types[kind](**fields)

    def _find(self, kind: str) -> bool:
        """Reads a type's file and those of its parts; whether all of them were found."""
        waiting, found = [kind], dict[str, Any]()
        while waiting:
            name = waiting.pop()
            if name in found or name in self._store.types:
                continue
            if (path := _definition_file(name)) is None:
                return False
            new = get_types_from_msg(path.read_text(), name)
            found |= new
            waiting += [part for each in new.values() for part in _parts(each)]
        self._store.register(found)
        return True


@lru_cache(maxsize=1)
def message_types() -> MessageTypes:
    """The types of this process."""
    return MessageTypes()


def _definition_file(kind: str) -> Path | None:
    package, _, name = kind.partition("/msg/")
    for folder in _folders():
        if (path := folder / package / "msg" / f"{name}.msg").is_file():
            return path
    return None


def _folders() -> Iterator[Path]:
    for prefix in filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)):
        yield Path(prefix) / "share"
    yield Path(sys.prefix) / "share"
    yield package_directory() / "interfaces"  # of a checkout


def _parts(description: Any) -> Iterator[str]:
    """Names of the message types that a description of rosbags mentions, at any depth."""
    if isinstance(description, (tuple, list)):
        for each in description:
            yield from _parts(each)
    elif isinstance(description, str) and "/msg/" in description:
        yield description
