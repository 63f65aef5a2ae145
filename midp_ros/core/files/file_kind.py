"""Kinds of files that midp_ros reads and writes, and the command that takes each; imports the standard library only."""

from __future__ import annotations

from pathlib import Path

ZIP = b"PK\x03\x04"
BAG = "metadata.yaml"  # of a rosbag2 folder
EPISODE, CHECKPOINT, MODEL = "episode", "checkpoint", "model"
RUN_CHECKPOINT = "checkpoint.pt"  # in the folder of a training
ADVICE = {
    EPISODE: "{path} is a recorded episode; `midp train` takes the folder that holds it, `midp plot episode` draws it",
    "episodes": "{path} is a folder of recorded episodes; `midp train CONFIG --data {path}` learns them, "
    "`midp data info {path}` lists them",
    "run": (
        "{path} is the folder of a training; its checkpoint is {path}/checkpoint.pt, and "
        "`midp export {path}/checkpoint.pt NAME.onnx` makes a model of it"
    ),
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
    if (path / RUN_CHECKPOINT).is_file():
        return "run"
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


# By keys that only this kind of YAML file has at its top: the kind, and where such files belong.
YAML_KINDS = {
    "contract": ({"observation", "action"}, "contracts are in config/contracts"),
    "configuration": ({"diffusion"}, "training configurations are in config/train, e.g. config/train/pick.yaml"),
    "experiment": ({"baseline", "variants"}, "experiments are in config/experiments"),
    "robot profile": ({"joint_names", "urdf"}, "robot profiles are in config/robots"),
}


def yaml_difference(path: str | Path, data: object, wanted: str) -> str:
    """A sentence for a YAML file's content that is of another kind than the wanted one; '' where nothing can be said.

    Args:
        wanted: a key of YAML_KINDS; of any other no place is known.
    """
    if not isinstance(data, dict):
        return ""
    kind = next((kind for kind, (keys, _) in YAML_KINDS.items() if keys <= data.keys()), "")
    if any(isinstance(each, dict) and "ros__parameters" in each for each in data.values()):
        kind = "file of a node's parameters"
    if kind in ("", wanted):
        return ""
    article = "an" if kind == "experiment" else "a"
    place = YAML_KINDS[wanted][1] if wanted in YAML_KINDS else f"a {wanted} is wanted"
    return f"{path} is {article} {kind}; {place}"
