"""One episode's raw messages on their way to the disk, on a thread of their own; imports the bag's own files, no ROS.

The thread that receives never waits for the disk: it hands over batches.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from midp_ros.core.errors import FileFormatError, RecordingError
from midp_ros.recording.bag import pictures
from midp_ros.recording.bag.bag_writer import RESERVE_BYTES, BagWriter
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import BagTopic, OfferedQos
from midp_ros.recording.bag.topic_figures import TopicFigures

FLUSH_S, SYNC_S = 0.25, 1.0  # a kill loses what came since the last flush, a power cut since the last sync
LOOK_S = 0.1
STRING = "std_msgs/msg/String"
HEADER = "std_msgs/Header header"

Received = tuple[int, int, int, int, bytes]
"""Index of the topic, number of publication, log time [ns], time of publication [ns], CDR bytes."""


@dataclass
class RecordedTopic:
    """A topic to record.

    Attributes:
        qos: of its publishers, as far as they are known when its first message is written.
        picture_format: what images become: jpeg, png or raw.
    """

    name: str
    kind: str
    qos: tuple[OfferedQos, ...] = ()
    picture_format: str = "raw"


class RecordingThread:
    """Writes one bag.

    Args:
        path: of the bag.
        metadata: as BagWriter takes it.
        topics: in the order of the indices in `Received`.

    Raises:
        RecordingError: the disk is full or refuses.

    Attributes:
        figures: of each topic, by its name.
        problem: why the recording has ended by itself; empty while it goes on.
        messages: written so far.
    """

    def __init__(
        self,
        path: Path,
        metadata: Mapping[str, Any],
        topics: Sequence[RecordedTopic],
        reserve_bytes: int = RESERVE_BYTES,
    ):
        self._writer, self._topics = BagWriter(path, metadata, reserve_bytes), list(topics)
        self._channels: dict[int, tuple[int, Callable[[bytes], bytes] | None]] = {}
        self.figures = {topic.name: TopicFigures(_stamped(topic.kind)) for topic in topics}
        self._by_index = list(self.figures.values())
        self.problem, self.messages, self.unreadable = "", 0, 0
        self._batches: SimpleQueue[list[Received] | None] = SimpleQueue()
        self._flushed_s, self._ended = time.monotonic(), threading.Event()
        # A disk may take a second for it: what is written meanwhile must not wait, or a kill would lose more.
        self._threads = [
            threading.Thread(target=target, name=name, daemon=True)
            for target, name in ((self._run, "recording"), (self._sync, "syncing"))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def path(self) -> Path:
        """The folder as long as the bag has not been kept."""
        return self._writer.unfinished

    def put(self, batch: list[Received]) -> None:
        """Hands messages over."""
        self._batches.put(batch)

    def end(self) -> None:
        """Writes what was handed over, and ends the thread; the bag is not finished yet."""
        self._batches.put(None)
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def close(self, info: Mapping[str, Any]) -> None:
        """Finishes the bag's files under its unfinished name; raises RecordingError."""
        self._writer.close(info)

    def keep(self, info: Mapping[str, Any]) -> Path:
        """Gives a closed bag its name, with additional info; returns its path. Raises RecordingError."""
        return self._writer.keep(info)

    def discard(self) -> None:
        """Removes the bag."""
        self._writer.discard()

    def _run(self) -> None:
        while True:
            try:
                batch = self._batches.get(timeout=LOOK_S)
            except Empty:
                batch = []
            if batch is None:
                return
            try:
                if not self.problem:
                    self._write(batch)
            except RecordingError as e:
                self.problem = str(e)

    def _write(self, batch: list[Received]) -> None:
        batch.sort(key=itemgetter(2))
        for index, sequence, log_ns, publish_ns, data in batch:
            self._by_index[index].add(sequence, log_ns, data)
            channel, compress = self._channels.get(index) or self._open(index, data)
            if compress is not None:
                try:
                    data = compress(data)
                except FileFormatError:
                    self.unreadable += 1
                    continue
            self._writer.write(channel, sequence, log_ns, publish_ns, data)
        self.messages += len(batch)
        now_s = time.monotonic()
        if now_s - self._flushed_s >= FLUSH_S:
            self._writer.flush()
            self._flushed_s = now_s

    def _sync(self) -> None:
        while not self._ended.wait(SYNC_S):
            try:
                self._writer.sync()
            except RecordingError as e:
                self.problem = str(e)
                return

    def _open(self, index: int, data: bytes) -> tuple[int, Callable[[bytes], bytes] | None]:
        topic, compress = self._topics[index], None
        name, kind = topic.name, topic.kind
        if kind == pictures.IMAGE and topic.picture_format != "raw":
            compress = pictures.compressor(pictures.encoding_of(data), topic.picture_format)
            if compress is not None:
                name, kind = name + pictures.SUFFIX, pictures.COMPRESSED
        qos = topic.qos or (OfferedQos(),)
        channel = self._writer.add_topic(BagTopic(name, kind, message_types().type_hash(kind), qos))
        self._channels[index] = channel, compress
        return self._channels[index]


def text_message(content: Mapping[str, Any]) -> bytes:
    """Plain data as JSON in a std_msgs/String in CDR."""
    return message_types().encode(STRING, data=json.dumps(content, sort_keys=True))


def _stamped(kind: str) -> bool:
    lines = (line.strip() for line in message_types().definition(kind).splitlines())
    return next((line for line in lines if line and not line.startswith("#") and "=" not in line), "") == HEADER
