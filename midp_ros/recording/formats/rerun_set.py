"""Recordings for Rerun's viewer, one `.rrd` an episode: exported only, to be looked at; no ROS.

timeline `time`           the recording's own clock, to the nanosecond; `step` counts the control steps
observation/<entry>       curves of every value; likewise action/<entry>
scene/<name>              poses and points of `<name>_position` (and `<name>_rotation`): tool, object, goal
scene/tool_path           the tool's whole path; scene/action: where the tool is commanded to
camera/<name>             JPEG pictures, at the steps
events                    what the operator and the drivers did, and who drove from when on
property `episode`        contract and info as JSON
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output_folder import writing_folder
from midp_ros.core.pose import matrix_from_rotation6, quaternion_from_matrix
from midp_ros.core.stamp import nanoseconds
from midp_ros.recording.formats import sidecar
from midp_ros.recording.formats.demonstration import Camera, Demonstration

FORMAT, SUFFIX = "rerun", ".rrd"
APPLICATION = "midp_ros"
WALL_CLOCK_FROM_S = 1e9  # earlier times are seconds of a simulation, not since 1970
JPEG_QUALITY = 90
AT_ONCE = 64  # pictures that are held in memory
POSITION, ROTATION = "_position", "_rotation"


def write(path: Path, contract: Contract, demonstrations: Iterable[Demonstration]) -> None:
    """Writes a file for each episode."""
    with writing_folder(path) as folder:
        for number, demonstration in enumerate(demonstrations):
            _write_episode(folder / f"episode_{number:06d}{SUFFIX}", demonstration)


def _write_episode(path: Path, demonstration: Demonstration) -> None:
    import rerun

    episode = demonstration.episode
    identity = sidecar.digest(episode.time_s, episode.observation, episode.action)[:16]
    recording = rerun.RecordingStream(APPLICATION, recording_id=f"{path.stem}_{identity}")
    try:
        recording.save(path)
        about = {"contract": json.dumps(episode.contract.to_dict()), "info": sidecar.info_json(episode)}
        recording.send_property("episode", rerun.AnyValues(**about))
        recording.send_recording_name(Path(episode.name).name)
        _write_values(recording, demonstration)
        for name, camera in demonstration.cameras.items():
            _write_pictures(recording, name, camera, episode.time_s)
        _write_events(recording, demonstration)
    finally:
        recording.flush()
        recording.disconnect()
    if not path.is_file():
        raise FileFormatError(f"rerun wrote no {path.name}")


def _write_values(recording: Any, demonstration: Demonstration) -> None:
    import rerun

    episode, contract = demonstration.episode, demonstration.episode.contract
    times = _times(episode.time_s)
    entries: list[tuple[str, Entry, Array]] = [("observation", e, episode.column(e.name)) for e in contract.observation]
    entries += [("action", e, episode.action[:, contract.action_slices[e.name]]) for e in contract.action]
    for kind, entry, values in entries:
        place = f"{kind}/{entry.name}"
        names = [f"{entry.name}[{k}]" if entry.size > 1 else entry.name for k in range(entry.size)]
        recording.log(place, rerun.SeriesLines(names=names), static=True)
        recording.send_columns(place, times, rerun.Scalars.columns(scalars=values))
    observed = {e.name: values for kind, e, values in entries if kind == "observation"}
    recording.log("scene", rerun.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
    for name in (name.removesuffix(POSITION) for name in observed if name.endswith(POSITION)):
        if (positions := observed[f"{name}{POSITION}"]).shape[1] == 3:
            _write_pose(recording, f"scene/{name}", times, positions, observed.get(f"{name}{ROTATION}"))
    if (tool := observed.get(f"tool{POSITION}")) is not None:
        recording.log("scene/tool_path", rerun.LineStrips3D([tool]), static=True)
    for kind, entry, values in entries:
        if kind == "action" and entry.name == f"tool{POSITION}":
            recording.send_columns("scene/action", times, rerun.Points3D.columns(positions=values))


def _write_pose(recording: Any, place: str, times: list[Any], positions: Array, rotations: Array | None) -> None:
    import rerun

    columns = {"translation": positions}
    if rotations is not None and rotations.shape[1] == 6:
        columns["quaternion"] = np.array([quaternion_from_matrix(matrix_from_rotation6(r)) for r in rotations])
    recording.send_columns(place, times, rerun.Transform3D.columns(**columns))
    recording.log(place, rerun.TransformAxes3D(0.06), static=True)


def _write_pictures(recording: Any, name: str, camera: Camera, time_s: Array) -> None:
    import rerun

    pictures, first = camera.frames(), 0
    while encoded := [_jpeg(picture) for picture in islice(pictures, AT_ONCE)]:
        times = _times(time_s[first : first + len(encoded)], first)
        kinds = ["image/jpeg"] * len(encoded)
        recording.send_columns(f"camera/{name}", times, rerun.EncodedImage.columns(blob=encoded, media_type=kinds))
        first += len(encoded)


def _write_events(recording: Any, demonstration: Demonstration) -> None:
    import rerun

    if events := sorted(_events(demonstration)):
        times, texts = zip(*events, strict=True)
        recording.send_columns("events", _times(np.array(times))[:1], rerun.TextLog.columns(text=list(texts)))


def _events(demonstration: Demonstration) -> Iterator[tuple[float, str]]:
    yield from demonstration.events
    for part in demonstration.episode.info.get("segments", ()):
        if "start_s" in part:
            yield float(part["start_s"]), f"{part['label']} drives"


def _times(time_s: Array, first: int = 0) -> list[Any]:
    import rerun

    stamps = np.array([nanoseconds(t) for t in time_s])
    if time_s[0] >= WALL_CLOCK_FROM_S:
        clock = rerun.TimeColumn("time", timestamp=stamps.astype("datetime64[ns]"))
    else:
        clock = rerun.TimeColumn("time", duration=stamps.astype("timedelta64[ns]"))
    return [clock, rerun.TimeColumn("step", sequence=first + np.arange(len(stamps)))]


def _jpeg(picture: Any) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()
