"""Which topics a recording holds, and what goes into its metadata; imports core, recording and parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rclpy.node import Node

from midp_ros import __version__
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, value
from midp_ros.recording.bag.pictures import FORMATS, IMAGE
from midp_ros.recording.bag.recording_thread import RecordedTopic
from midp_ros.recording.setup import GUIDING, Driver, Setup

PARAMETERS = (
    Parameter("policy", "expert", "node that drives the arm, or several, the one of precedence last; guiding: none"),
    Parameter("streams", "teleop", "of these nodes, those whose actions are a stream of targets, with commas between"),
    Parameter("cameras", "", "whose images are recorded: front, wrist, or topics of sensor_msgs/Image, with commas"),
    Parameter("image_format", "jpeg", "of recorded images; png and raw lose nothing", choices=FORMATS),
    Parameter("extra_topics", "", "recorded as well: TOPIC:TYPE, with commas between"),
    Parameter("robot_state", True, "record the robot's whole state"),
    Parameter("operator", "", "who records"),
    Parameter("devices", "", "by which the operator drives"),
    Parameter("source", "", "of the demonstrations; empty: the first node that drives"),
    Parameter("calibration", "", "file that is kept in every recording, e.g. of a camera's pose", is_path=True),
    Parameter("max_observation_age_s", 0.5, "a step with an older observation is left out [s]", 0.05, 10.0),
)
JOINT_STATE, TF = "sensor_msgs/msg/JointState", "tf2_msgs/msg/TFMessage"
ROBOT_STATE = "franka_robot_state_broadcaster/robot_state"
EVENTS = "~/events"
AS_LAUNCHED = "for record.launch.xml that is teleop:=expert, guiding, or devices that `midp list devices` shows"


def setup(node: Node, contract: Contract) -> Setup:
    """Drivers and names, by the node's parameters; raises ParameterError where nothing drives the arm."""
    if not _parts(value(node, "policy")):
        known = "expert, teleop, guiding (a hand leads the arm), or another node"
        raise ParameterError(f"policy names no node that drives the arm: {known}; {AS_LAUNCHED}")
    names = [] if value(node, "policy") == GUIDING else _parts(value(node, "policy"))
    streams = set(_parts(value(node, "streams")))
    steps_s = {name: 0.0 if name in streams else contract.step_s for name in names}
    drivers = tuple(
        Driver(name, _resolved(node, f"{name}/action"), steps_s[name], _label(name, names)) for name in names
    )
    return Setup(
        value(node, "source") or (names[0] if names else GUIDING),
        drivers,
        value(node, "max_observation_age_s"),
        node.get_namespace().strip("/"),
        value(node, "robot_type"),
        value(node, "arm_prefix"),
    )


def topics(node: Node, contract: Contract, profile: RobotProfile, setup: Setup) -> list[RecordedTopic]:
    """The topics of a recording, each once; raises ParameterError for an extra topic that is none.

    Args:
        contract: with full names of topics.
    """
    found = {entry.topic: entry.type for entry in contract.observed}
    for driver in setup.drivers:
        found[driver.topic] = JOINT_STATE
        if not driver.step_s:  # a node by which a person drives says who drives, and what went wrong
            found[driver.topic.rpartition("/")[0] + "/events"] = "std_msgs/msg/String"
    found[_resolved(node, f"{profile.gripper_node}/joint_states")] = JOINT_STATE
    if value(node, "robot_state"):
        found[_resolved(node, ROBOT_STATE)] = "franka_msgs/msg/FrankaRobotState"
    found |= {"/tf": TF, "/tf_static": TF, _resolved(node, "task/status"): "diagnostic_msgs/msg/DiagnosticStatus"}
    for camera in _parts(value(node, "cameras")):
        image = _resolved(node, camera if "/" in camera else f"camera/{camera}/image_raw")
        found[image] = IMAGE
        found[image.rpartition("/")[0] + "/camera_info"] = "sensor_msgs/msg/CameraInfo"
    for extra in _parts(value(node, "extra_topics")):
        name, separator, kind = extra.partition(":")
        if not separator or kind.count("/") != 2:
            raise ParameterError(f"extra_topics: {extra!r} is no TOPIC:TYPE, as /ft:geometry_msgs/msg/WrenchStamped")
        found[_resolved(node, name)] = kind
    return [RecordedTopic(name, kind, (), value(node, "image_format")) for name, kind in found.items()]


def awaited(contract: Contract, setup: Setup, recorded: list[RecordedTopic]) -> set[str]:
    """Topics that must come at the contract's rate at least: observations, actions and images."""
    images = {topic.name for topic in recorded if topic.kind == IMAGE}
    return {entry.topic for entry in contract.observed} | {driver.topic for driver in setup.drivers} | images


def metadata(node: Node, contract: Contract, setup: Setup) -> dict[str, Any]:
    """Metadata records beside the contract; raises FileFormatError for a calibration that cannot be read."""
    profile = RobotProfile.load(contract.robot)
    names = {"robot_type": setup.robot_type, "arm_prefix": setup.arm_prefix, "namespace": setup.namespace}
    said = {name: value(node, name) for name in ("operator", "devices") if value(node, name)}
    info = {"task": value(node, "task"), "source": setup.source, "robot": profile.name, **said}
    records: dict[str, Any] = {
        "midp_recording": setup.to_plain(),
        "midp_robot": {"name": profile.name, **names, "profile": _text(profile.path, "robot profile")},
        "midp_info": {**info, "software_version": __version__},
    }
    if path := value(node, "calibration"):
        records["midp_calibration"] = {"file": Path(path).name, "text": _text(path, "calibration")}
    return records


def _label(name: str, names: list[str]) -> str:
    """Of what a node drives: what takes over from a policy corrects it."""
    return "correction" if name == "teleop" and names[0] != name else name


def _text(path: str, what: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, UnicodeDecodeError) as e:
        raise FileFormatError(f"cannot read {what} {path}: {e}") from None


def _resolved(node: Node, name: str) -> str:
    return str(node.resolve_topic_name(name))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
