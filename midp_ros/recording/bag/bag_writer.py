"""A rosbag2 folder that is written as messages come, and takes its name when it is complete.

Imports core and the bag's own files, no ROS.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from midp_ros.core.errors import OutputError, RecordingError
from midp_ros.core.files.output import UNFINISHED_SUFFIX, sync_folder
from midp_ros.recording.bag.mcap_stream import McapStream
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.metadata_file import INFO, BagSummary, BagTopic, change_bag_info, qos_text, write_metadata

# Kept free beside the recording for its end: on a disk that is full, the last chunk and the index still find room.
RESERVE, RESERVE_BYTES = ".reserve", 4 << 20
LARGEST_CHUNK_BYTES = 1 << 20  # of messages in memory; a kill loses them


class BagWriter:
    """Writes one bag as `NAME.part`; `finish` renames it.

    Args:
        path: of the finished folder.
        metadata: plain data by the names of MCAP metadata records; `midp_info` is what is known of the episode so far.

    Raises:
        RecordingError: the disk is full or refuses.
    """

    def __init__(self, path: str | Path, metadata: Mapping[str, Any], reserve_bytes: int = RESERVE_BYTES):
        self.path = Path(path)
        self.unfinished = self.path.with_name(self.path.name + UNFINISHED_SUFFIX)
        self._metadata, self._topics = dict(metadata), dict[int, BagTopic]()
        self._info: dict[str, Any] = {}
        try:
            self.unfinished.mkdir(parents=True)
            self._reserve(reserve_bytes)
            self._file = open(self.unfinished / self.file_name, "xb")  # noqa: SIM115  closed by finish and discard
            self._stream = McapStream(self._file)
            for name, data in self._metadata.items():
                self._stream.add_metadata(name, {"json": json.dumps(data, sort_keys=True)})
        except OSError as e:
            with suppress(OSError):
                shutil.rmtree(self.unfinished)
            raise self._refused(e) from None

    @property
    def file_name(self) -> str:
        """Of the MCAP file, as rosbag2 names it."""
        return f"{self.path.name}_0.mcap"

    @property
    def messages(self) -> int:
        """Messages so far."""
        return sum(self._stream.counts.values())

    def add_topic(self, topic: BagTopic) -> int:
        """Adds a topic; returns its channel. Raises RecordingError."""
        types = message_types()
        about = {"offered_qos_profiles": qos_text(topic.qos), "topic_type_hash": topic.type_hash}
        try:
            channel = self._stream.add_channel(topic.name, topic.kind, types.definition(topic.kind), about)
        except OSError as e:
            raise self._refused(e) from None
        self._topics[channel] = topic
        return channel

    def write(self, channel: int, sequence: int, log_ns: int, publish_ns: int, data: bytes) -> None:
        """Adds a message; raises RecordingError."""
        self._stream.add_message(channel, sequence, log_ns, publish_ns, data)
        if self._stream.open_bytes > LARGEST_CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        """Gives the messages so far to the system: a kill of this process loses nothing of them."""
        try:
            self._stream.flush()
        except OSError as e:
            raise self._refused(e) from None

    def sync(self) -> None:
        """Waits until what was flushed is on the disk: a power cut loses nothing of it."""
        try:
            os.fdatasync(self._file.fileno())
        except OSError as e:
            raise self._refused(e) from None

    def finish(self, info: Mapping[str, Any]) -> Path:
        """Ends the bag with info in addition to that of its start, and keeps it; returns its path.

        Raises:
            RecordingError: as `close` and `keep`.
        """
        self.close(info)
        return self.keep({})

    def close(self, info: Mapping[str, Any]) -> None:
        """Ends the bag's files, with info in addition to that of its start; the bag still has its unfinished name.

        On a full disk the room that was kept free is used; the last chunk is dropped where even that is too little.

        Raises:
            RecordingError: it cannot be finished; what was written stays.
        """
        (self.unfinished / RESERVE).unlink(missing_ok=True)
        self._info = whole = {**self._metadata.get(INFO, {}), **info}
        try:
            try:
                self._stream.flush()
            except OSError:
                whole["dropped_at_end"] = self._stream.drop_open_chunk()
            self._stream.add_metadata(INFO, {"json": json.dumps(whole, sort_keys=True)})
            self._stream.finish()
            os.fsync(self._file.fileno())
            self._file.close()
            write_metadata(self.unfinished, self._summary(whole))
        except OSError as e:
            raise self._refused(e) from None
        except OutputError as e:
            raise RecordingError(f"{e}; `midp data repair {self.unfinished}` finishes it") from None

    def keep(self, info: Mapping[str, Any]) -> Path:
        """Gives a closed bag its name, with info in addition; returns its path.

        Raises:
            RecordingError: the disk is full or refuses; what was written stays under its unfinished name.
        """
        try:
            if info:
                change_bag_info(self.unfinished, {**self._info, **info})
            os.rename(self.unfinished, self.path)
            sync_folder(self.path.parent)
        except OSError as e:
            raise self._refused(e) from None
        except OutputError as e:
            raise RecordingError(f"{e}; `midp data repair {self.unfinished}` finishes it") from None
        return self.path

    def discard(self) -> None:
        """Removes the bag."""
        self._file.close()
        shutil.rmtree(self.unfinished, ignore_errors=True)

    def _summary(self, info: dict[str, Any]) -> BagSummary:
        topics = tuple((topic, self._stream.counts[channel]) for channel, topic in self._topics.items())
        return BagSummary(topics, self._stream.start_ns, self._stream.end_ns, (self.file_name,), info)

    def _reserve(self, size: int) -> None:
        with open(self.unfinished / RESERVE, "xb") as file:
            if size:
                os.posix_fallocate(file.fileno(), 0, size)

    def _refused(self, error: OSError) -> RecordingError:
        reason = error.strerror or str(error)
        return RecordingError(f"cannot write {self.unfinished}: {reason}; finished episodes are kept")
