"""An MCAP file (https://mcap.dev) that is written as messages come; imports mcap and zstandard, no ROS.

The library's own writer keeps its state to itself. A disk that fills up must not end a recording without an index, so
this one writes a chunk whole or not at all, and can be finished afterwards.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
import zstandard
from mcap.data_stream import RecordBuilder
from mcap.opcode import Opcode
from mcap.records import (
    Channel,
    Chunk,
    ChunkIndex,
    DataEnd,
    Footer,
    Header,
    Metadata,
    MetadataIndex,
    Schema,
    Statistics,
    SummaryOffset,
)

MAGIC = b"\x89MCAP0\r\n"
MESSAGE = struct.Struct("<BQHIQQ")  # opcode, length, channel, sequence, log time, publish time
MESSAGE_INDEX = struct.Struct("<BQHI")  # opcode, length, channel, bytes of the pairs of log time and offset
MESSAGE_HEAD_BYTES = MESSAGE.size - 9  # that its length counts
COMPRESSION, LEVEL = "zstd", 1
LIBRARY = "midp_ros"


@dataclass
class _Chunk:
    """Messages that are not in the file yet."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0
    start_ns: int = 0
    end_ns: int = 0
    places: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # log time and offset, by channel

    def add(self, channel: int, sequence: int, log_ns: int, publish_ns: int, data: bytes) -> None:
        head = MESSAGE.pack(
            Opcode.MESSAGE, MESSAGE_HEAD_BYTES + len(data), channel, sequence & 0xFFFFFFFF, log_ns, publish_ns
        )
        self.start_ns = min(self.start_ns, log_ns) if self.parts else log_ns
        self.end_ns = max(self.end_ns, log_ns)
        self.places.setdefault(channel, []).append((log_ns, self.size))
        self.parts += (head, data)
        self.size += len(head) + len(data)


class McapStream:
    """Writes schemas, channels, metadata, and messages in chunks.

    Attributes:
        counts: messages by channel id, those of the open chunk included.
        start_ns, end_ns: first and last log time [ns]; 0 without a message.
        open_bytes: messages that `flush` would write.
    """

    def __init__(self, stream: BinaryIO):
        self._stream, self._builder = stream, RecordBuilder()
        self._schemas: dict[str, Schema] = {}
        self._channels: list[Channel] = []
        self._chunks: list[ChunkIndex] = []
        self._metadata: list[MetadataIndex] = []
        self._chunk, self._compressor = _Chunk(), zstandard.ZstdCompressor(level=LEVEL)
        self.counts: Counter[int] = Counter()
        self.start_ns = self.end_ns = 0
        Header("ros2", LIBRARY).write(self._builder)
        self._put(MAGIC + self._builder.end())

    @property
    def open_bytes(self) -> int:
        """Bytes of messages that `flush` would write."""
        return self._chunk.size

    def add_metadata(self, name: str, data: dict[str, str]) -> None:
        """Adds a metadata record; raises OSError."""
        place = self._stream.tell()
        Metadata(name=name, metadata=data).write(self._builder)
        record = self._builder.end()
        self._put(record)
        self._metadata.append(MetadataIndex(offset=place, length=len(record), name=name))

    def add_channel(self, topic: str, kind: str, definition: str, about: dict[str, str]) -> int:
        """Adds a channel of CDR messages of a type; returns its id. Raises OSError.

        Args:
            definition: as `ros2msg` asks for.
        """
        if kind not in self._schemas:
            number = len(self._schemas) + 1
            self._schemas[kind] = Schema(id=number, name=kind, encoding="ros2msg", data=definition.encode())
            self._schemas[kind].write(self._builder)
        schema = self._schemas[kind].id
        number = len(self._channels) + 1
        channel = Channel(number, topic=topic, message_encoding="cdr", metadata=about, schema_id=schema)
        channel.write(self._builder)
        self._put(self._builder.end())
        self._channels.append(channel)
        return int(channel.id)

    def add_message(self, channel: int, sequence: int, log_ns: int, publish_ns: int, data: bytes) -> None:
        """Adds a message to the open chunk; nothing is written before `flush`."""
        self._chunk.add(channel, sequence, log_ns, publish_ns, data)
        self.start_ns = min(self.start_ns, log_ns) if self.counts else log_ns
        self.end_ns = max(self.end_ns, log_ns)
        self.counts[channel] += 1

    def flush(self) -> None:
        """Writes the open chunk; on OSError the file is as before, and the chunk stays open."""
        if not self._chunk.parts:
            return
        open_chunk, messages = self._chunk, b"".join(self._chunk.parts)
        place, data = self._stream.tell(), self._compressor.compress(messages)
        Chunk(
            compression=COMPRESSION,
            data=data,
            message_start_time=open_chunk.start_ns,
            message_end_time=open_chunk.end_ns,
            uncompressed_crc=zlib.crc32(messages),
            uncompressed_size=len(messages),
        ).write(self._builder)
        chunk, indices, offsets = self._builder.end(), [], {}
        behind = place + len(chunk)
        for channel, places in open_chunk.places.items():
            pairs = np.array(places, "<u8").tobytes()
            head = MESSAGE_INDEX.pack(Opcode.MESSAGE_INDEX, MESSAGE_INDEX.size - 9 + len(pairs), channel, len(pairs))
            offsets[channel] = behind
            indices.append(head + pairs)
            behind += len(indices[-1])
        self._put(chunk + b"".join(indices))
        self._chunk = _Chunk()
        self._chunks.append(
            ChunkIndex(
                chunk_length=len(chunk),
                chunk_start_offset=place,
                compression=COMPRESSION,
                compressed_size=len(data),
                message_end_time=open_chunk.end_ns,
                message_index_length=behind - place - len(chunk),
                message_index_offsets=offsets,
                message_start_time=open_chunk.start_ns,
                uncompressed_size=len(messages),
            )
        )

    def drop_open_chunk(self) -> int:
        """Forgets the messages that are not in the file yet; returns how many there were."""
        dropped = {channel: len(places) for channel, places in self._chunk.places.items()}
        self.counts -= Counter(dropped)
        self._chunk = _Chunk()
        return sum(dropped.values())

    def finish(self) -> None:
        """Writes the open chunk, the summary and the footer; raises OSError."""
        self.flush()
        DataEnd(0).write(self._builder)
        end = self._builder.end()
        start = self._stream.tell() + len(end)
        groups: list[tuple[Opcode, list[Any]]] = [
            (Opcode.SCHEMA, list(self._schemas.values())),
            (Opcode.CHANNEL, self._channels),
            (Opcode.STATISTICS, [self._statistics()]),
            (Opcode.CHUNK_INDEX, self._chunks),
            (Opcode.METADATA_INDEX, self._metadata),
        ]
        summary, offsets = b"", []
        for opcode, records in groups:
            for record in records:
                record.write(self._builder)
            if group := self._builder.end():
                offsets.append(SummaryOffset(opcode, group_start=start + len(summary), group_length=len(group)))
                summary += group
        offset_start = start + len(summary)
        for offset in offsets:
            offset.write(self._builder)
        summary += self._builder.end()
        crc = zlib.crc32(summary)
        crc = zlib.crc32(struct.pack("<BQQQ", Opcode.FOOTER, 20, start, offset_start), crc)
        Footer(start, offset_start, crc).write(self._builder)
        self._put(end + summary + self._builder.end() + MAGIC)

    def _statistics(self) -> Statistics:
        return Statistics(
            attachment_count=0,
            channel_count=len(self._channels),
            channel_message_counts=dict(self.counts),
            chunk_count=len(self._chunks),
            message_count=sum(self.counts.values()),
            message_end_time=self.end_ns,
            message_start_time=self.start_ns,
            metadata_count=len(self._metadata),
            schema_count=len(self._schemas),
        )

    def _put(self, record: bytes) -> None:
        """Writes all of it and leaves it to the system, or leaves the file as it was."""
        place = self._stream.tell()
        try:
            self._stream.write(record)
            self._stream.flush()
        except OSError:
            self._stream.seek(place)
            self._stream.truncate(place)
            raise
