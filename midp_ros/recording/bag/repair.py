"""Finishes the bag of a recorder that was killed, or one that is damaged; imports core and the bag's own files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcap.records import Channel, Metadata, Schema

from midp_ros.core.errors import FileFormatError, OutputError
from midp_ros.core.files.output import UNFINISHED_SUFFIX, lock_folder
from midp_ros.core.stamp import NANOSECONDS
from midp_ros.recording.bag.bag_writer import RESERVE
from midp_ros.recording.bag.mcap_scan import Damage, scan
from midp_ros.recording.bag.mcap_stream import McapStream
from midp_ros.recording.bag.metadata_file import (
    INFO,
    NAME,
    BagSummary,
    BagTopic,
    qos_from_text,
    write_metadata,
)

WORK = ".repaired"  # the file that is written beside the damaged one
FLUSH_BYTES = 1 << 20
RECOVERED = "recovered"  # in the info of an episode


@dataclass(frozen=True)
class Repaired:
    """Outcome of a repair.

    Attributes:
        path: of the finished bag.
        messages: that it holds.
        duration_s: from its first to its last message.
        damages: what could not be read, each in a few words; empty for a bag that only lacked its end.
    """

    path: Path
    messages: int
    duration_s: float
    damages: tuple[str, ...]


def unfinished_bags(folder: str | Path) -> list[Path]:
    """Folders of recordings that were not finished, or have lost their metadata file since, in order."""
    left = {p.parent for p in Path(folder).glob(f"*{UNFINISHED_SUFFIX}/*.mcap")}
    whole = {p.parent for p in Path(folder).glob("*/*_0.mcap") if p.stem == f"{p.parent.name}_0"}
    return sorted(left | {bag for bag in whole if not (bag / NAME).exists()})


def repair(path: str | Path) -> Repaired:
    """Keeps every complete message of a bag, writes index and metadata anew, and gives it its finished name.

    A bag that is whole stays as it is. The success of an episode whose recorder was killed is not known.

    Raises:
        FileFormatError: there is no bag, or not one message in it.
        BusyError: it is being recorded.
        OutputError: the disk is full, or refuses; the bag is as before.
    """
    folder = Path(path)
    files = sorted(folder.glob("*.mcap")) if folder.is_dir() else []
    if not files:
        raise FileFormatError(f"{folder} is no bag: there is no .mcap file in it")
    if len(files) > 1:
        raise FileFormatError(f"{folder} has {len(files)} .mcap files; only bags of one file can be repaired")
    lock = lock_folder(folder.parent)
    target = folder.with_name(folder.name.removesuffix(UNFINISHED_SUFFIX))
    if target != folder and target.exists():
        raise FileFormatError(f"cannot finish {folder}: {target} exists already; rename one of them")
    try:
        summary, damages = _copy(files[0], files[0].with_suffix(WORK))
        os.replace(files[0].with_suffix(WORK), files[0])
        write_metadata(folder, summary)
        (folder / RESERVE).unlink(missing_ok=True)
        if target != folder:
            os.rename(folder, target)
    except OSError as e:
        raise OutputError(f"cannot repair {folder}: {e.strerror or e}; the recording is as it was") from None
    finally:
        files[0].with_suffix(WORK).unlink(missing_ok=True)
        del lock
    messages = sum(number for _, number in summary.topics)
    return Repaired(target, messages, (summary.end_ns - summary.start_ns) / NANOSECONDS, damages)


def _copy(source: Path, target: Path) -> tuple[BagSummary, tuple[str, ...]]:
    """Copies what can be read into a whole file."""
    schemas: dict[int, Schema] = {}
    channels: dict[int, int] = {}
    topics: dict[int, BagTopic] = {}
    info: dict[str, Any] = {}
    damages: list[Damage] = []
    ended = False
    with open(source, "rb") as old, open(target, "wb") as new:
        stream = McapStream(new)
        for record in scan(old):
            if isinstance(record, Metadata):
                if record.name == INFO:
                    ended = bool(info)  # the second one is written at the end
                    info = {**info, **json.loads(record.metadata["json"])}
                stream.add_metadata(record.name, record.metadata)
            elif isinstance(record, Schema):
                schemas[record.id] = record
            elif isinstance(record, Channel) and record.id not in channels:
                topic = _topic(record, schemas)
                definition = schemas[record.schema_id].data.decode()
                channels[record.id] = stream.add_channel(topic.name, topic.kind, definition, record.metadata)
                topics[channels[record.id]] = topic
            elif isinstance(record, Damage):
                damages.append(record)
            elif isinstance(record, list):
                for m in record:
                    stream.add_message(channels[m.channel], m.sequence, m.log_ns, m.publish_ns, m.data)
                if stream.open_bytes > FLUSH_BYTES:
                    stream.flush()
        if not sum(stream.counts.values()):
            raise FileFormatError(f"{source.parent} holds no whole message; remove it")
        lost = tuple(f"at byte {d.offset}: {d.reason}" for d in damages if not d.ends)
        if not ended:
            info |= {RECOVERED: True}
            stream.add_metadata(INFO, {"json": json.dumps(info, sort_keys=True)})
        stream.finish()
        os.fsync(new.fileno())
    counted = tuple((topic, stream.counts[channel]) for channel, topic in topics.items())
    return BagSummary(counted, stream.start_ns, stream.end_ns, (source.name,), info), lost


def _topic(channel: Channel, schemas: dict[int, Schema]) -> BagTopic:
    offered = qos_from_text(channel.metadata.get("offered_qos_profiles", ""))
    kind = schemas[channel.schema_id].name
    return BagTopic(channel.topic, kind, channel.metadata.get("topic_type_hash", ""), offered)
