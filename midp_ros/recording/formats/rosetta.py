"""Contracts of rosetta 0.2 (github.com/iblnkn/rosetta), imported and exported; imports core and kinematics, no ROS.

Rosetta's loader passes over top-level blocks `x-...`: an exported contract carries ours in `x-midp_ros`, so that it
comes back as it was. What rosetta itself has no place for is said in remarks.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from midp_ros.control.observations.message_values import action_names
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.kinematics import RobotProfile
from midp_ros.recording.formats.lerobot.features import grouped
from midp_ros.recording.formats.stranger import HORIZON, UNKNOWN, entry_name

OURS = "x-midp_ros"
JOINT_STATE = "sensor_msgs/msg/JointState"
LOST = "rosetta has no horizons, units, frames, offsets (relative_to), hidden inputs or limits: they are in " + OURS
QOS = {"reliability": "best_effort", "history": "keep_last", "depth": 10}
ACTION_QOS = {**QOS, "reliability": "reliable"}
# Message types that rosetta 0.2 decodes by itself, of those that our contracts observe.
DECODED = {JOINT_STATE, "geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped"}
ROTATION = ("x", "y", "z", "w")
AXES = {"position": 3, "linear": 3, "angular": 3, "force": 3, "torque": 3, "point": 3}
UNITS = {"position": "m", "point": "m", "linear": "m/s", "angular": "rad/s", "force": "N", "torque": "Nm"}


def is_rosetta(data: Any) -> bool:
    """Whether plain data is a contract of rosetta."""
    return isinstance(data, dict) and "observations" in data and "actions" in data and "fps" in data


def exported(contract: Contract, driver: str = "policy") -> tuple[dict[str, Any], list[str]]:
    """The contract as rosetta's, and what that does not say.

    Args:
        driver: node whose `~/action` is the action's channel.

    Raises:
        UnknownNameError, FileFormatError: the contract's robot has no profile.
    """
    if not float(contract.rate_hz).is_integer():
        raise FileFormatError(f"rosetta knows whole rates only; {contract.skill} has {contract.rate_hz:g} Hz")
    profile, remarks = RobotProfile.load(contract.robot), [LOST]
    groups = grouped(contract)
    observations = {
        key: [_source(e, profile, remarks) for e in entries if e.topic]
        for key, entries in groups.items()
        if key != "action"
    }
    action = {
        "channel": {"topic": f"/{driver}/action", "type": JOINT_STATE, "qos": ACTION_QOS, "safety": "hold"},
        "align": {"strategy": "hold", "timeline": "header"},
        "select": [f"position.{name}" for name in action_names(contract)],
    }
    remarks.append(f"the action is what /{driver}/action shows; rosetta commands no tool pose through our shaping")
    if missing := sorted({e.type for e in contract.observation if e.type and e.type not in DECODED}):
        remarks.append(f"rosetta decodes {', '.join(missing)} by a plug-in only (entry point rosetta.codecs)")
    data = {
        "robot_type": contract.robot,
        "robot_interface": "ros2",
        "fps": int(contract.rate_hz),
        OURS: contract.to_dict(),
        "observations": observations,
        "actions": {"action": action},
    }
    return data, remarks


def imported(path: Path, skill: str = "", robot: str = "") -> tuple[Contract, list[str]]:
    """The contract of a rosetta file, and what was left out or made up; raises FileFormatError, ContractError."""
    data = read_yaml(path, "rosetta contract")
    if not is_rosetta(data):
        raise FileFormatError(f"{path} is no contract of rosetta: it lacks fps, observations or actions")
    if own := data.get(OURS):
        return Contract.from_dict(own), []
    remarks = ["units and frames are guessed from the fields, horizons are 2 observed, 16 predicted, 8 executed"]
    observation = list(_entries(data["observations"], remarks))
    action = [_as_action(e) for e in _entries(data["actions"], remarks)]
    if sections := sorted(set(data) - {"robot_type", "robot_interface", "fps", "observations", "actions"}):
        shown = [name for name in sections if not name.startswith("x-")]
        remarks += [f"left out: {', '.join(shown)}"] if shown else []
    name = entry_name(skill or path.stem)
    robot = robot or UNKNOWN
    if robot == UNKNOWN:
        remarks.append(f"robot is {UNKNOWN!r} ({data.get('robot_type', 'not named')} there); --robot names a profile")
    return Contract(name, robot, float(data["fps"]), HORIZON, _unique(observation), _unique(action)), remarks


# --- to rosetta ------------------------------------------------------------------------------------------------------
def _source(entry: Entry, profile: RobotProfile, remarks: list[str]) -> dict[str, Any]:
    source: dict[str, Any] = {
        "channel": {"topic": entry.topic, "type": entry.type, "dtype": "float64", "qos": QOS},
        "align": {"strategy": "hold", "timeline": "header"},
    }
    if entry.type == JOINT_STATE and entry.size == profile.joints:
        source["select"] = [f"{entry.field}.{joint}" for joint in profile.joint_names]
    elif entry.type == JOINT_STATE:
        source["select"] = [f"{entry.field}.{profile.finger_joint_names[0]}"]
        remarks.append(f"{entry.name} is one finger's position there, half the width")
    elif entry.field.endswith("orientation"):
        source.update(select=[f"{entry.field}.{axis}" for axis in ROTATION], kind="quaternion")
        remarks.append(f"{entry.name} is a quaternion there, six numbers here")
    else:
        source["select"] = [f"{entry.field}.{axis}" for axis in "xyz"[: entry.size]]
    return source


# --- from rosetta ----------------------------------------------------------------------------------------------------
def _entries(section: Any, remarks: list[str]) -> Iterable[Entry]:
    if not isinstance(section, dict):
        raise FileFormatError(f"rosetta's observations and actions are mappings, got {type(section).__name__}")
    for key, sources in section.items():
        for source in sources if isinstance(sources, list) else [sources]:
            channel, select = source.get("channel", {}), [str(s) for s in source.get("select") or []]
            topic, kind = str(channel.get("topic", "")), str(channel.get("type", ""))
            if "/Image" in kind or "/CompressedImage" in kind:
                remarks.append(f"{key} left out: our contracts observe vectors, cameras are recorded beside them")
                continue
            if not select:
                raise FileFormatError(f"{key} of {topic} has no select: its size is not known")
            if operators := source.get("apply"):
                remarks.append(f"{key} of {topic}: {operators} is not applied; values stay as the message has them")
            if any(coder in channel for coder in ("decoder", "encoder")):
                remarks.append(f"{key} of {topic}: its own decoder is not used; an observation reader may replace it")
            yield from _of_source(key, topic, kind, select)


def _of_source(key: str, topic: str, kind: str, select: list[str]) -> Iterable[Entry]:
    """One entry for each field of which several numbers are selected."""
    stem = entry_name(topic.strip("/").split("/")[-1]) or entry_name(key)
    fields: dict[str, list[str]] = {}
    for path in select:
        field, _, last = path.rpartition(".")
        fields.setdefault(field or path, []).append(last)
    for field, parts in fields.items():
        word = field.rpartition(".")[2]
        if kind == JOINT_STATE:
            unit = {"position": "rad", "velocity": "rad/s", "effort": "Nm"}.get(word, "1")
            name = f"joint_{word}" if len(parts) > 1 else f"{stem}_{parts[0]}"
            yield Entry(name, len(parts), unit, "", topic, kind, word)
        elif word == "orientation" and set(parts) == set(ROTATION):
            yield Entry(f"{stem}_rotation", 6, "1", "base", topic, kind, field)
        else:
            frame = "base" if len(parts) == AXES.get(word) else ""
            yield Entry(f"{stem}_{word}", len(parts), UNITS.get(word, "1"), frame, topic, kind, field)


def _as_action(entry: Entry) -> Entry:
    sink = "gripper" if "gripper" in entry.name or "finger" in entry.name else "arm"
    return Entry(entry.name, entry.size, entry.unit, entry.frame, sink=sink)


def _unique(entries: list[Entry]) -> tuple[Entry, ...]:
    """Entries with names of their own."""
    seen: dict[str, int] = {}
    found = []
    for e in entries:
        seen[e.name] = seen.get(e.name, 0) + 1
        name = e.name if seen[e.name] == 1 else f"{e.name}_{seen[e.name]}"
        found.append(Entry(name, e.size, e.unit, e.frame, e.topic, e.type, e.field, e.sink))
    return tuple(found)
