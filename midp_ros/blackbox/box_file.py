"""A black box as one MCAP file of ROS messages, which Foxglove, PlotJuggler and `ros2 bag` read, too.

Imports core, kinematics, recording's bag and this folder's recording.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from mcap.records import Channel, Metadata

from midp_ros.blackbox import packing
from midp_ros.blackbox.packing import JOINT_STATE, TEXT, TRAJECTORY, WRENCH, joint_table, wrench_table
from midp_ros.blackbox.recording import BoxEvent, BoxRecording, GivenChunk, GivenTrajectory, Series
from midp_ros.blackbox.trajectory_message import trajectory_from_bytes, trajectory_to_bytes
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.stamp import NANOSECONDS
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.recording.bag.mcap_scan import Damage, scan
from midp_ros.recording.bag.mcap_stream import McapStream
from midp_ros.recording.bag.message_types import message_types

ABOUT, VERSION = "midp_blackbox", 1
SERIES = {  # topic: message type, columns of the message
    "setpoints": (JOINT_STATE, ("position",)),
    "states": (JOINT_STATE, ("position", "velocity")),
    "external_torques": (JOINT_STATE, ("effort",)),
    "external_wrench": (WRENCH, ("wrench",)),
    "targets": (JOINT_STATE, ("position",)),
}
FLUSH_BYTES = 1 << 20
AT_ONCE_S = 0.0005  # of writing without a rest
Message = tuple[str, int, int, str, bytes]  # topic, time of logging [ns], stamp [ns], type, bytes


def write_recording(stream: BinaryIO, recording: BoxRecording) -> None:
    """Writes it; raises OSError."""
    file = McapStream(stream)
    about = {
        "version": VERSION, "side": recording.side, "origin_ns": recording.origin_ns, "about": recording.about,
        "trigger": _event(recording.trigger), "profile": _profile_text(recording.profile),
        "contract": recording.contract.to_dict() if recording.contract else None,
    }  # fmt: skip
    file.add_metadata(ABOUT, {"json": json.dumps(about, default=str)})
    messages = sorted(_with_rests(_messages(recording)), key=lambda m: m[1])
    channels: dict[str, int] = {}
    for number, (topic, log_ns, stamp_ns, kind, data) in enumerate(_with_rests(messages)):
        if topic not in channels:
            qos = {"offered_qos_profiles": "", "topic_type_hash": message_types().type_hash(kind)}
            definition = message_types().definition(kind)
            channels[topic] = file.add_channel(f"/blackbox/{topic}", kind, definition, qos)
        file.add_message(channels[topic], number, log_ns, stamp_ns, data)
        if file.open_bytes > FLUSH_BYTES:
            file.flush()
    file.finish()


def read_recording(path: str | Path) -> BoxRecording:
    """Reads a file; raises FileFormatError naming it and what is wrong with it."""
    try:
        with open(path, "rb") as stream:
            about, messages = _read(stream)
        return _recording(about, messages)
    except OSError as e:
        raise FileFormatError(f"cannot read black box {path}: {e.strerror or e}") from None
    except MidpError as e:
        raise FileFormatError(f"black box {path}: {e}") from None
    except (KeyError, ValueError, TypeError) as e:
        raise FileFormatError(f"black box {path} is damaged: {type(e).__name__} {e}") from None


# --- writing ----------------------------------------------------------------------------------------------------------
def _with_rests(messages: Iterable[Message]) -> Iterator[Message]:
    """Leaves the interpreter to the node's loop again and again: to ask for it back costs the loop 5 ms each time."""
    begun_s = time.perf_counter()
    for message in messages:
        yield message
        if time.perf_counter() - begun_s > AT_ONCE_S:
            time.sleep(AT_ONCE_S)
            begun_s = time.perf_counter()


def _messages(recording: BoxRecording) -> Iterator[Message]:
    """Every message of the file, one topic after the other."""
    names = tuple(recording.profile.joint_names)
    stamp = lambda time_s: recording.origin_ns + round(time_s * NANOSECONDS)  # noqa: E731
    series = {
        "setpoints": recording.setpoints,
        "states": recording.states,
        "external_torques": Series(recording.forces.time_s, recording.forces.values[:1]),
        "external_wrench": Series(recording.forces.time_s, recording.forces.values[1:]),
        "targets": Series(recording.targets.time_s, recording.targets.values[:1]),
    }
    for topic, values in series.items():
        if not len(values.time_s):
            continue
        kind, columns = SERIES[topic]
        log_ns = recording.origin_ns + np.rint(values.time_s * NANOSECONDS).astype(np.int64)
        stamps_ns = log_ns
        if topic == "targets":  # stamped by their sender
            stamps_ns = recording.origin_ns + np.rint(recording.targets.values[1][:, 0] * NANOSECONDS).astype(np.int64)
        table = wrench_table() if kind == WRENCH else joint_table(names, columns)
        rows = table.rows(stamps_ns, dict(zip(columns, values.values, strict=True)))
        yield from ((topic, int(n), int(s), kind, d) for n, s, d in zip(log_ns, stamps_ns, rows, strict=True))
    for number, given in enumerate(recording.trajectories):
        at = stamp(given.time_s)
        data = trajectory_to_bytes(given.trajectory, names, recording.origin_ns)
        yield "trajectories", at, at, TRAJECTORY, data
        facts = {"number": number, "before_s": _number(given.before_s), "sent": given.sent, "purpose": given.purpose}
        yield "trajectory_facts", at, at, TEXT, packing.text(json.dumps(facts))
    for chunk in recording.chunks:
        at = stamp(chunk.time_s)
        plain = {"start_s": chunk.start_s, "step_s": chunk.step_s, "actions": chunk.actions.tolist()}
        yield "chunks", at, at, TEXT, packing.text(json.dumps(plain))
    for event in recording.events:
        at = stamp(event.time_s)
        yield "events", at, at, TEXT, packing.text(json.dumps(_event(event)))
    for time_s, poses in recording.scene:
        yield "scene", stamp(time_s), stamp(time_s), TEXT, packing.text(json.dumps(poses))


def _event(event: BoxEvent) -> dict[str, Any]:
    return {"time_s": event.time_s, "kind": event.kind, "text": event.text, "errors": list(event.errors)}


def _profile_text(profile: RobotProfile) -> str:
    """As `RobotProfile.from_text` reads it, with the joints' names as they are here."""
    return json.dumps({key: value for key, value in asdict(profile).items() if value is not None}, default=_list)


def _list(values: Any) -> Any:
    return values.tolist() if isinstance(values, np.ndarray) else str(values)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


# --- reading ----------------------------------------------------------------------------------------------------------
def _read(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    about: dict[str, Any] = {}
    topics: dict[int, str] = {}
    messages: dict[str, list[Any]] = {}
    for record in scan(stream):
        if isinstance(record, Metadata) and record.name == ABOUT:
            about = json.loads(record.metadata["json"])
        elif isinstance(record, Channel):
            topics[record.id] = record.topic.removeprefix("/blackbox/")
        elif isinstance(record, Damage):
            raise FileFormatError(f"it is damaged: {record.reason}")
        elif isinstance(record, list):
            for message in record:
                messages.setdefault(topics[message.channel], []).append(message)
    if not about:
        raise FileFormatError("it is no black box of midp_ros: it has no record midp_blackbox")
    if about["version"] != VERSION:
        raise FileFormatError(f"it is of version {about['version']}; this package reads {VERSION}")
    return about, messages


def _recording(about: dict[str, Any], messages: dict[str, list[Any]]) -> BoxRecording:
    profile = RobotProfile.from_text(about["profile"], "the black box")
    origin_ns, names = int(about["origin_ns"]), tuple(profile.joint_names)

    def series(topic: str) -> Series:
        kind, columns = SERIES[topic]
        found = messages.get(topic, [])
        if not found:
            return Series.empty(*(6 if kind == WRENCH else len(names) for _ in columns))
        table = wrench_table() if kind == WRENCH else joint_table(names, columns)
        _, values = table.columns([m.data for m in found])
        return Series(_seconds([m.log_ns for m in found], origin_ns), tuple(values[c] for c in columns))

    def plain(topic: str) -> list[tuple[float, Any]]:
        return [
            ((m.log_ns - origin_ns) / NANOSECONDS, json.loads(packing.text_of(m.data))) for m in messages.get(topic, [])
        ]

    facts_of = sorted(plain("trajectory_facts"), key=lambda f: f[1]["number"])
    torques, wrench, targets = series("external_torques"), series("external_wrench"), series("targets")
    stamps = _seconds([m.publish_ns for m in messages.get("targets", [])], origin_ns).reshape(-1, 1)
    given = [
        GivenTrajectory(
            (m.log_ns - origin_ns) / NANOSECONDS, trajectory_from_bytes(m.data, origin_ns),
            math.inf if facts["before_s"] is None else facts["before_s"], facts["sent"], facts["purpose"],
        )
        for m, (_, facts) in zip(messages.get("trajectories", []), facts_of, strict=True)
    ]  # fmt: skip
    return BoxRecording(
        about["side"], profile, origin_ns, BoxEvent(**_tupled(about["trigger"])), about["about"],
        Contract.from_dict(about["contract"]) if about["contract"] else None,
        series("setpoints"), series("states"), Series(torques.time_s, (*torques.values, *wrench.values)),
        Series(targets.time_s, (*targets.values, stamps)), tuple(given),
        tuple(GivenChunk(t, c["start_s"], c["step_s"], np.array(c["actions"])) for t, c in plain("chunks")),
        tuple(BoxEvent(**_tupled(event)) for _, event in plain("events")), tuple(plain("scene")),
    )  # fmt: skip


def _tupled(event: dict[str, Any]) -> dict[str, Any]:
    return {**event, "errors": tuple(event["errors"])}


def _seconds(stamps_ns: list[int], origin_ns: int) -> Any:
    return (np.array(stamps_ns, np.int64) - origin_ns) / NANOSECONDS
