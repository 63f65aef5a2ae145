"""A finished bag: its topics, metadata and messages; imports core and the bag's own files, no ROS."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from mcap.records import Channel, Metadata, Schema

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.bag.mcap_scan import Damage, RawMessage, scan
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import NAME, read_bag_info, read_metadata

ORDERED_WITHIN_NS = 300_000_000  # messages of several topics come out of the middleware one topic after the other


class BagReader:
    """Reads a bag of MCAP files, also one that `ros2 bag record` has written.

    Raises:
        FileFormatError: there is no bag, it is damaged, or it is of another storage.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not (self.path / NAME).is_file():
            unfinished = any(self.path.glob("*.mcap")) if self.path.is_dir() else False
            remedy = f"; `midp data repair {path}` finishes it" if unfinished else ""
            raise FileFormatError(f"{path} is no finished bag: it has no {NAME}{remedy}")
        about = read_metadata(self.path)
        if about.get("storage_identifier") != "mcap":
            raise FileFormatError(f"bag {path} is stored as {about.get('storage_identifier')!r}; this reads mcap")
        self._files = [self.path / name for name in about.get("relative_file_paths", [])]
        topics = [each["topic_metadata"] for each in about.get("topics_with_message_count", [])]
        self.kinds: dict[str, str] = {topic["name"]: topic["type"] for topic in topics}
        self._metadata: dict[str, Any] = {}

    @property
    def info(self) -> dict[str, Any]:
        """What is known of the episode; raises FileFormatError."""
        return read_bag_info(self.path)

    def metadata(self, name: str) -> Any:
        """Plain data of a metadata record of the file's start; raises FileFormatError where there is none."""
        if name not in self._records():
            raise FileFormatError(f"bag {self.path} has no {name}: another program has recorded it")
        return self._metadata[name]

    def has_metadata(self, name: str) -> bool:
        """Whether there is a metadata record of that name at the file's start; raises FileFormatError."""
        return name in self._records()

    def _records(self) -> dict[str, Any]:
        if not self._metadata:
            for record in self._scan(self._files[0], set()):
                if isinstance(record, Metadata) and "json" in record.metadata:
                    self._metadata.setdefault(record.name, json.loads(record.metadata["json"]))
                elif isinstance(record, list):
                    break
        return self._metadata

    def messages(self, topics: Collection[str] | None = None) -> Iterator[tuple[str, RawMessage]]:
        """Topic and message, in the order of reception.

        Args:
            topics: which are wanted; None: all.
        """
        names: dict[int, str] = {}
        wanted: set[int] = set()
        waiting: list[RawMessage] = []
        for path in self._files:
            for record in self._scan(path, wanted):
                if isinstance(record, Schema) and record.encoding == "ros2msg" and record.data:
                    message_types().add(record.name, record.data.decode())
                elif isinstance(record, Channel):
                    names[record.id] = record.topic
                    wanted |= {record.id} if topics is None or record.topic in topics else set()
                elif isinstance(record, list) and record:
                    waiting = sorted([*waiting, *record], key=attrgetter("log_ns"))
                    before_ns = waiting[-1].log_ns - ORDERED_WITHIN_NS
                    ready = [m for m in waiting if m.log_ns < before_ns]
                    waiting = waiting[len(ready) :]
                    yield from ((names[m.channel], m) for m in ready)
            yield from ((names[m.channel], m) for m in waiting)
            names, waiting = {}, []
            wanted.clear()

    def _scan(self, path: Path, channels: set[int]) -> Iterator[Any]:
        try:
            with open(path, "rb") as stream:
                for record in scan(stream, channels):
                    if isinstance(record, Damage):
                        remedy = f"`midp data repair {self.path}` keeps what can be read"
                        raise FileFormatError(f"bag {self.path} is damaged: {record.reason}; {remedy}")
                    yield record
        except OSError as e:
            raise FileFormatError(f"cannot read bag {self.path}: {e.strerror or e}") from None
        except FileFormatError as e:
            raise FileFormatError(str(e) if str(self.path) in str(e) else f"bag {self.path}: {e}") from None
