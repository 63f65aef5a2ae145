"""An MCAP file record by record, also one that ends anywhere; imports mcap and zstandard, no ROS."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO, NamedTuple

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Channel, Chunk, Metadata, Schema

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.bag.mcap_stream import MAGIC, MESSAGE, MESSAGE_HEAD_BYTES

HEAD_BYTES = 9  # of a record: opcode and length
CHUNK_HEAD_BYTES = 40  # of a chunk, at least: times, size, checksum, lengths of compression's name and of the data
LARGEST_RECORD_BYTES = 1 << 31  # more is no record, but what a fault left
KINDS = {Opcode.SCHEMA: Schema, Opcode.CHANNEL: Channel, Opcode.METADATA: Metadata}


class RawMessage(NamedTuple):
    """One message of a file.

    Attributes:
        log_ns: when it was received [ns].
        publish_ns: when it was published [ns], on its sender's wall clock.
        sequence: its number among its publisher's.
        data: CDR bytes.
    """

    channel: int
    sequence: int
    log_ns: int
    publish_ns: int
    data: bytes


@dataclass(frozen=True)
class Damage:
    """A place from which on a file cannot be read, or a chunk that was left out.

    Attributes:
        offset: in the file [bytes].
        ends: whether nothing behind it was read.
    """

    offset: int
    reason: str
    ends: bool


def scan(stream: BinaryIO, channels: set[int] | None = None) -> Iterator[Any]:
    """Schemas, channels, metadata, lists of messages (one a chunk), and damages, up to the end of the data.

    Args:
        channels: of which messages are wanted; None: all. The set may grow while the file is read.

    Raises:
        FileFormatError: it is no MCAP file.
    """
    if stream.read(len(MAGIC)) != MAGIC:
        raise FileFormatError("it is no MCAP file")
    while True:
        place = stream.tell()
        head = stream.read(HEAD_BYTES)
        opcode, length = (head[0], int.from_bytes(head[1:], "little")) if len(head) == HEAD_BYTES else (0, 0)
        if opcode in (Opcode.DATA_END, Opcode.FOOTER):
            return
        if opcode == 0 or length > LARGEST_RECORD_BYTES:
            reason = "it ends without its index" if opcode == 0 else "what follows is no record"
            yield Damage(place, reason, ends=True)
            return
        body = stream.read(length)
        whole = len(body) == length
        try:
            if opcode == Opcode.CHUNK:
                yield from _chunk(body, whole, place, channels)
            elif whole and opcode in KINDS:
                yield KINDS[Opcode(opcode)].read(ReadDataStream(BytesIO(body)))
        except Exception as e:  # damaged bytes can make a parser fail in any way
            yield Damage(place, f"a record is damaged: {type(e).__name__} {e}", ends=not whole)
        if not whole:
            yield Damage(place, "it ends within a record", ends=True)
            return


def _chunk(body: bytes, whole: bool, place: int, channels: set[int] | None) -> Iterator[Any]:
    if not whole:
        data = _beginning(body)
        yield from _schemas_and_channels(data)
        yield list(_messages(data, channels))
        return
    chunk = Chunk.read(ReadDataStream(BytesIO(body)))
    data = _decompressed(chunk)
    if chunk.uncompressed_crc and zlib.crc32(data) != chunk.uncompressed_crc:
        yield Damage(place, "the checksum of a chunk does not match", ends=False)
        return
    yield from _schemas_and_channels(data)
    yield list(_messages(data, channels))


def _decompressed(chunk: Chunk) -> bytes:
    if chunk.compression == "zstd":
        return bytes(zstandard.ZstdDecompressor().decompress(chunk.data, max_output_size=chunk.uncompressed_size))
    if chunk.compression == "lz4":
        import lz4.frame  # type: ignore[import-untyped]

        return bytes(lz4.frame.decompress(chunk.data))
    return bytes(chunk.data)


def _beginning(body: bytes) -> bytes:
    """The messages' bytes at the beginning of a chunk that was cut off."""
    if len(body) < CHUNK_HEAD_BYTES:
        return b""
    name_length = int.from_bytes(body[28:32], "little")
    name, data = body[32 : 32 + name_length], body[CHUNK_HEAD_BYTES + name_length :]
    if name == b"zstd":
        found, part = b"", zstandard.ZstdDecompressor().decompressobj()
        try:
            for start in range(0, len(data), 1024):
                found += part.decompress(data[start : start + 1024])
        except zstandard.ZstdError:  # what it gave before counts
            pass
        return found
    return b"" if name else data


def _schemas_and_channels(data: bytes) -> Iterator[Any]:
    """Those that other writers put into chunks, before the first message."""
    place = 0
    while place + HEAD_BYTES <= len(data) and data[place] != Opcode.MESSAGE:
        length = int.from_bytes(data[place + 1 : place + HEAD_BYTES], "little")
        if data[place] in KINDS:
            body = data[place + HEAD_BYTES : place + HEAD_BYTES + length]
            yield KINDS[Opcode(data[place])].read(ReadDataStream(BytesIO(body)))
        place += HEAD_BYTES + length


def _messages(data: bytes, channels: set[int] | None) -> Iterator[RawMessage]:
    place, end = 0, len(data)
    while place + MESSAGE.size <= end:
        opcode, length, channel, sequence, log_ns, publish_ns = MESSAGE.unpack_from(data, place)
        following = place + HEAD_BYTES + length
        if following > end:
            return
        if opcode == Opcode.MESSAGE and length >= MESSAGE_HEAD_BYTES and (channels is None or channel in channels):
            yield RawMessage(channel, sequence, log_ns, publish_ns, data[place + MESSAGE.size : following])
        place = following
