"""One episode as one MCAP file (https://mcap.dev, profile ros2); imports core and mcap, no ROS.

Each contract entry is a channel, `/observation/<name>` or `/action/<name>`, of std_msgs/msg/Float64MultiArray with one
message per control step, stamped with the step's time to the nanosecond. Each of the contract's images is a channel
`/observation/<name>` of sensor_msgs/msg/CompressedImage, in PNG. The contract and the episode's info are metadata
records. Foxglove, PlotJuggler and `ros2 bag` read the file as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from mcap.exceptions import EndOfFile
from mcap.records import Channel, Chunk, Message, Metadata
from mcap.stream_reader import StreamReader
from mcap.writer import Writer

from midp_ros.core.contract import Contract, Entry, ImageEntry
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, MidpError, OutputError, RecordingError
from midp_ros.core.files.output import writing
from midp_ros.core.stamp import nanoseconds, seconds
from midp_ros.recording import vector_message
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.pictures import COMPRESSED
from midp_ros.recording.picture_message import decoded, encoded
from midp_ros.recording.stored_pictures import StoredPictures

SUFFIX = ".mcap"


def write_episode(path: str | Path, episode: Episode) -> None:
    """Writes the file under a temporary name, and renames it when all of it is on the disk.

    Raises:
        RecordingError: the disk is full or refuses; nothing is left under `path`.
    """
    try:
        with writing(path) as stream:
            _write(Writer(stream, enable_data_crcs=True), episode)
    except OutputError as e:
        raise RecordingError(f"{e}; finished episodes are kept") from None


def read_info(path: str | Path) -> dict[str, Any]:
    """Reads an episode's info without its steps; raises FileFormatError naming the file and what is wrong with it."""
    return _metadata(path, "midp_info")


def read_contract(path: str | Path) -> Contract:
    """Reads an episode's contract without its steps; raises FileFormatError naming the file and what is wrong."""
    try:
        return Contract.from_json(json.dumps(_metadata(path, "midp_contract")))
    except MidpError as e:
        raise FileFormatError(str(e) if str(path) in str(e) else f"episode {path}: {e}") from None


def read_episode(path: str | Path) -> Episode:
    """Reads one episode; raises FileFormatError naming the file and what is wrong with it."""
    try:
        with open(path, "rb") as stream:
            return _read(StreamReader(stream, validate_crcs=True), str(path))
    except OSError as e:
        raise FileFormatError(f"cannot read episode {path}: {e.strerror or e}") from None
    except KeyError as e:
        raise FileFormatError(f"episode {path} lacks {e}") from None
    except MidpError as e:
        raise FileFormatError(f"episode {path}: {e}") from None
    # A damaged file can make a parser fail in any way; all of them mean the same to the user.
    except Exception as e:
        raise FileFormatError(f"episode {path} is damaged or no MCAP file: {_fault(e)}") from None


def _metadata(path: str | Path, name: str) -> dict[str, Any]:
    """Plain data of a metadata record, which stands before the steps."""
    try:
        with open(path, "rb") as stream:
            for record in StreamReader(stream, emit_chunks=True).records:
                if isinstance(record, Metadata) and record.name == name:
                    return dict(json.loads(record.metadata["json"]))
                if isinstance(record, Chunk):
                    break
    except OSError as e:
        raise FileFormatError(f"cannot read episode {path}: {e.strerror or e}") from None
    except Exception as e:  # a damaged file can make a parser fail in any way
        raise FileFormatError(f"episode {path} is damaged or no MCAP file: {_fault(e)}") from None
    raise FileFormatError(f"episode {path} has no {name.removeprefix('midp_')} of midp_ros")


def _fault(error: Exception) -> str:
    """What a parser complained of, in words."""
    if isinstance(error, EndOfFile):
        return "it ends too early"
    return ": ".join(filter(None, (type(error).__name__, str(error))))


def _channels(contract: Contract) -> list[tuple[str, Entry, slice, bool]]:
    observed = [(f"/observation/{e.name}", e, contract.observation_slices[e.name], True) for e in contract.observation]
    return observed + [(f"/action/{e.name}", e, contract.action_slices[e.name], False) for e in contract.action]


def _write(writer: Writer, episode: Episode) -> None:
    writer.start(profile="ros2", library="midp_ros")
    writer.add_metadata("midp_contract", {"json": episode.contract.to_json()})
    writer.add_metadata("midp_info", {"json": json.dumps(episode.info, sort_keys=True, default=_plain)})
    schema = writer.register_schema(vector_message.TYPE, "ros2msg", vector_message.definition().encode())
    columns = []
    for topic, entry, place, observed in _channels(episode.contract):
        about = {"offered_qos_profiles": "", "topic_type_hash": vector_message.type_hash()}
        about.update(unit=entry.unit, frame=entry.frame)
        values = (episode.observation if observed else episode.action)[:, place]
        columns.append((writer.register_channel(topic, "cdr", schema, about), values))
    pictures = _picture_channels(writer, episode.contract)
    for step, time_s in enumerate(episode.time_s):
        stamp_ns = nanoseconds(time_s)
        for channel, values in columns:
            writer.add_message(channel, stamp_ns, vector_message.encode(values[step]), stamp_ns, step)
        for image, channel in pictures:
            data = encoded(episode.images[image.name][step], stamp_ns, image.frame)
            writer.add_message(channel, stamp_ns, data, stamp_ns, step)
    writer.finish()


def _picture_channels(writer: Writer, contract: Contract) -> list[tuple[ImageEntry, int]]:
    if not contract.images:
        return []
    types = message_types()
    schema = writer.register_schema(COMPRESSED, "ros2msg", types.definition(COMPRESSED).encode())
    about = {"offered_qos_profiles": "", "topic_type_hash": types.type_hash(COMPRESSED)}
    return [
        (image, writer.register_channel(image_topic(image), "cdr", schema, {**about, "frame": image.frame}))
        for image in contract.images
    ]


def image_topic(image: ImageEntry) -> str:
    """Channel of an image."""
    return f"/observation/{image.name}"


def _read(reader: StreamReader, name: str) -> Episode:
    topics: dict[int, str] = {}
    stamps: dict[str, list[int]] = {}
    data: dict[str, list[bytes]] = {}
    metadata: dict[str, str] = {}
    for record in reader.records:
        if isinstance(record, Metadata) and "json" in record.metadata:
            metadata[record.name] = record.metadata["json"]
        elif isinstance(record, Channel):
            topics[record.id] = record.topic
        elif isinstance(record, Message):
            topic = topics[record.channel_id]
            stamps.setdefault(topic, []).append(record.log_time)
            data.setdefault(topic, []).append(record.data)
    contract = Contract.from_json(metadata["midp_contract"])
    wanted = [topic for topic, *_ in _channels(contract)]
    times = stamps[wanted[0]]
    for topic in (*wanted, *map(image_topic, contract.images)):
        if stamps[topic] != times:
            raise FileFormatError(f"{topic} does not have the steps of {wanted[0]}")
    split = len(contract.observation)
    values = {topic: [vector_message.decode(each) for each in data[topic]] for topic in wanted}
    return Episode(
        contract,
        np.array([seconds(t) for t in times]),
        np.hstack([np.stack(values[topic]) for topic in wanted[:split]]),
        np.hstack([np.stack(values[topic]) for topic in wanted[split:]]),
        json.loads(metadata["midp_info"]),
        name,
        {image.name: StoredPictures(data.pop(image_topic(image)), decoded, name) for image in contract.images},
    )


def _plain(value: Any) -> Any:
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"an episode's info holds plain data, got {type(value).__name__}: {value!r}")
