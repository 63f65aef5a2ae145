"""Kinds of files that midp_ros reads and writes, and the command that takes each; imports the standard library only."""

from __future__ import annotations

from pathlib import Path

ZIP = b"PK\x03\x04"
BAG = "metadata.yaml"  # of a rosbag2 folder
EPISODE, CHECKPOINT, MODEL = "episode", "checkpoint", "model"
ADVICE = {
    EPISODE: "{path} is a recorded episode; `midp train` takes the folder that holds it, `midp plot episode` draws it",
    "episodes": "{path} is a folder of recorded episodes; `midp train CONFIG --data {path}` learns them",
    CHECKPOINT: "{path} is a checkpoint; `midp export {path} NAME.onnx` makes a model of it",
    MODEL: "{path} is an exported model; `midp evaluate {path}` runs it, `midp export` takes a checkpoint",
    "card": "{path} is a model's card; the model beside it is the file that ends in .onnx",
    "configuration": "{path} is a YAML file; `midp train {path}` takes a training configuration",
    "demonstrations": "{path} holds demonstrations in zarr; `midp train CONFIG --data {path}` learns them",
}


def kind_of(path: str | Path) -> str:
    """The kind of a file or folder by its name and first bytes: a key of ADVICE, or '' for none of ours."""
    path = Path(path)
    if path.suffix == ".zarr" or (path.is_dir() and (path / ".zgroup").exists()):
        return "demonstrations"
    if (path / BAG).is_file():
        return EPISODE
    if path.is_dir():
        return "episodes" if any(path.glob("*.mcap")) or any(path.glob(f"*/{BAG}")) else ""
    suffixes = {".onnx": MODEL, ".mcap": EPISODE, ".json": "card", ".yaml": "configuration", ".yml": "configuration"}
    if path.suffix in suffixes:
        return suffixes[path.suffix] if path.is_file() else ""
    try:
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError:
        return ""
    return CHECKPOINT if start == ZIP and path.suffix in (".pt", ".pth", ".ckpt") else ""


def advice(path: str | Path, wanted: str) -> str:
    """A sentence for a file that is of another kind than the wanted one; '' where nothing can be said."""
    kind = kind_of(path)
    return "" if kind in ("", wanted) else ADVICE[kind].format(path=path)
