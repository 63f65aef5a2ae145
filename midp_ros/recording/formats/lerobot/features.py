"""A contract's entries as LeRobot's features; imports core, no ROS.

What belongs to the robot is `observation.state`, everything else `observation.environment_state`, as LeRobot's own
policies tell them apart. Both are float32 there.
"""

from __future__ import annotations

from typing import Any

from midp_ros.core.contract import Contract, Entry
from midp_ros.recording.formats.lerobot.layout import ACTION, ENVIRONMENT, IMAGES, STATE

ROBOT_WORDS = {"joint", "tool", "gripper", "hand", "flange", "ee", "agent", "external", "wrench", "elbow", "arm"}
AXES = {"position": "xyz", "force": "xyz", "torque": "xyz", "linear": "xyz", "angular": "xyz"}
INDEX_FEATURES: dict[str, dict[str, Any]] = {
    "timestamp": {"dtype": "float32", "shape": [1], "names": None},
    **{
        name: {"dtype": "int64", "shape": [1], "names": None}
        for name in ("frame_index", "episode_index", "index", "task_index")
    },
}


def of_robot(entry: Entry) -> bool:
    """Whether an observation is the robot's own state, by the first word of its name."""
    return entry.name.split("_")[0] in ROBOT_WORDS


def grouped(contract: Contract) -> dict[str, tuple[Entry, ...]]:
    """The entries of each numeric feature, in order; a feature without entries is left out."""
    robot = tuple(e for e in contract.observation if of_robot(e))
    environment = tuple(e for e in contract.observation if not of_robot(e))
    if not robot:  # LeRobot's policies need a state
        robot, environment = environment, ()
    return {k: v for k, v in {STATE: robot, ENVIRONMENT: environment, ACTION: contract.action}.items() if v}


def element_names(entries: tuple[Entry, ...]) -> list[str]:
    """A name for every number."""
    names = []
    for e in entries:
        axes = AXES.get(e.name.rsplit("_", 1)[-1], "")
        parts = [f"_{axes[i]}" if len(axes) == e.size else f"_{i}" for i in range(e.size)]
        names += [e.name] if e.size == 1 else [e.name + part for part in parts]
    return names


def numeric_features(contract: Contract) -> dict[str, dict[str, Any]]:
    """meta/info.json's features of a contract, without pictures."""
    found = {
        key: {"dtype": "float32", "shape": [sum(e.size for e in entries)], "names": element_names(entries)}
        for key, entries in grouped(contract).items()
    }
    return {**found, "next.done": {"dtype": "bool", "shape": [1], "names": None}, **INDEX_FEATURES}


def video_feature(shape: tuple[int, ...], rate_hz: float, codec: str) -> dict[str, Any]:
    """meta/info.json's feature of a camera with pictures (height, width, 3)."""
    height, width, channels = shape
    about = {
        "video.height": height,
        "video.width": width,
        "video.codec": codec,
        "video.pix_fmt": "yuv420p",
        "video.is_depth_map": False,
        "video.fps": whole(rate_hz),
        "video.channels": channels,
        "has_audio": False,
    }
    return {
        "dtype": "video",
        "shape": [height, width, channels],
        "names": ["height", "width", "channels"],
        "info": about,
    }


def modality(contract: Contract, cameras: tuple[str, ...]) -> dict[str, Any]:
    """meta/modality.json of Isaac GR00T: which part of a vector is what."""
    groups = grouped(contract)
    return {
        "state": {**_parts(groups[STATE], STATE), **_parts(groups.get(ENVIRONMENT, ()), ENVIRONMENT)},
        "action": _parts(groups[ACTION], ACTION),
        "video": {name: {"original_key": IMAGES + name} for name in cameras},
        "annotation": {"human.task_description": {"original_key": "task_index"}},
    }


def whole(rate_hz: float) -> int | float:
    """A rate as LeRobot writes it: a whole number where it is one."""
    return int(rate_hz) if float(rate_hz).is_integer() else rate_hz


def _parts(entries: tuple[Entry, ...], key: str) -> dict[str, dict[str, Any]]:
    parts, start = {}, 0
    for e in entries:
        parts[e.name] = {"start": start, "end": start + e.size, "original_key": key}
        start += e.size
    return parts
