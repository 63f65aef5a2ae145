"""LeRobot's own loader reads a set that `midp data convert` wrote, and finds the same numbers; needs no midp_ros.

    PYTHON_WITH_LEROBOT scripts/check_lerobot.py SET [SET ...]

PYTHON_WITH_LEROBOT has `lerobot` or `lerobot-dataset` (0.5 reads v3.0 only, `lerobot` 0.3 reads v2.1 only). The
truth is meta/midp_ros.parquet: the values before they became float32. Exit code 0: every frame agrees.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import av  # noqa: E402
import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

PLACES = ("ledataset.datasets.lerobot_dataset", "lerobot.datasets.lerobot_dataset")


def load(folder: Path) -> Any:
    """The set by the real loader, from the disk alone."""
    for place in PLACES:
        try:
            loader = importlib.import_module(place).LeRobotDataset
        except ModuleNotFoundError as e:
            if not place.startswith(e.name or " "):
                raise
            continue
        arguments: dict[str, Any] = {"root": folder, "video_backend": "pyav", "tolerance_s": 1e-4}
        return loader("midp_ros/check", **arguments)
    sys.exit(f"{sys.executable} has neither lerobot nor lerobot-dataset")


def truth(folder: Path) -> dict[str, np.ndarray]:
    """Columns by feature, float32, out of the exact values beside the set."""
    table = pq.read_table(folder / "meta/midp_ros.parquet")
    contract = json.loads((folder / "meta/midp_ros.json").read_text())["contract"]
    columns = {"action": np.stack(table["action"].to_pylist()).reshape(len(table), -1).astype(np.float32)}
    observed = np.stack(table["observation"].to_pylist()).reshape(len(table), -1).astype(np.float32)
    starts, start = {}, 0
    for entry in contract["observation"]:
        starts[entry["name"]] = (start, start + entry["size"])
        start += entry["size"]
    modality = json.loads((folder / "meta/modality.json").read_text())
    for key in {part["original_key"] for part in modality["state"].values()}:
        names = [n for n, part in modality["state"].items() if part["original_key"] == key]
        names.sort(key=lambda n: modality["state"][n]["start"])
        columns[key] = np.hstack([observed[:, slice(*starts[name])] for name in names])
    return columns


def videos(folder: Path, key: str) -> Iterator[np.ndarray]:
    """The pictures (3, height, width) of a camera through the whole set, one after the other."""
    for path in sorted(p for p in (folder / "videos").rglob("*.mp4") if key in p.parts):
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="rgb24").transpose(2, 0, 1)


def check(folder: Path) -> str:
    """Compares every frame; returns what was compared."""
    assert folder.is_dir(), f"there is no {folder}"
    found, expected = load(folder), truth(folder)
    steps = len(expected["action"])
    assert len(found) == steps, f"the loader has {len(found)} frames, the set {steps}"
    pictures = {key: videos(folder, key) for key, feature in found.features.items() if feature["dtype"] == "video"}
    for step in range(steps):
        frame = found[step]
        for key, values in expected.items():
            got = np.asarray(frame[key]).reshape(-1)
            assert got.dtype == np.float32 and (got == values[step]).all(), f"{key} at {step}: {got} != {values[step]}"
        for key, shown in pictures.items():
            got, picture = np.asarray(frame[key]), next(shown) / 255
            assert got.shape == picture.shape, f"{key} at {step}: {got.shape}, the picture {picture.shape}"
            assert abs(got - picture).max() < 0.02, f"{key} at {step}: another picture than the video's {step}th"
        assert abs(float(frame["timestamp"]) - int(frame["frame_index"]) / found.fps) < 1e-4
        assert isinstance(frame["task"], str)
    version = found.meta.info["codebase_version"] if isinstance(found.meta.info, dict) else found.meta._version
    compared = f"{found.num_episodes} episodes, {steps} frames equal, pictures of {len(pictures)} cameras"
    return f"{folder}: {version}, {compared}"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(check(Path(argument)))
