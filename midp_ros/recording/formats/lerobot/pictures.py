"""The pictures of an episode in a LeRobotDataset: videos, or pictures in the table; no ROS."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.recording.formats.demonstration import Camera, Picture
from midp_ros.recording.formats.lerobot.layout import Layout
from midp_ros.recording.formats.lerobot.video import pictures


def cameras_of(
    path: Path,
    layout: Layout,
    rate_hz: float,
    keys: Mapping[str, str],
    features: Mapping[str, Mapping[str, Any]],
    about: Mapping[str, Any],
    table: Any,
) -> dict[str, Camera]:
    """An episode's cameras by name.

    Args:
        keys: feature of each camera.
        about: the episode's meta data.
        table: its rows.
    """
    found = {}
    for camera, key in keys.items():
        if features[key]["dtype"] == "video":
            found[camera] = _video(path, layout, rate_hz, key, about)
        else:
            found[camera] = _stored(path, table[key])
    return found


def _video(path: Path, layout: Layout, rate_hz: float, key: str, about: Mapping[str, Any]) -> Camera:
    steps = about["length"]
    if layout.one_file_each:
        file = path / layout.video_path(key, about["data/chunk_index"], about["data/file_index"])
        return Camera(lambda: pictures(file, 0.0, steps, rate_hz))
    place = about[f"videos/{key}/chunk_index"], about[f"videos/{key}/file_index"]
    from_s, file = float(about[f"videos/{key}/from_timestamp"]), path / layout.video_path(key, *place)
    return Camera(lambda: pictures(file, from_s, steps, rate_hz))


def _stored(path: Path, column: Any) -> Camera:
    """Pictures as PNG or JPEG in the table, or in files that it names."""
    from PIL import Image

    def frames() -> Iterator[Picture]:
        for cell in column.to_pylist():
            source = io.BytesIO(cell["bytes"]) if cell.get("bytes") else path / cell["path"]
            yield np.asarray(Image.open(source).convert("RGB"))

    return Camera(frames)
