"""Contracts of rosetta: ours come back as they were; a stranger's is read, and what is lost is said."""

import pytest
import yaml

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.recording.formats import rosetta

# By the format's documentation: channel, align, select, apply; a list is several sources of one key.
ARM = """
robot_type: arm
robot_interface: ros2
fps: 30
x-qos: {state: {depth: 5}}
observations:
  observation.images.front:
    channel: {topic: /front/image_raw, type: sensor_msgs/msg/Image}
    align: {strategy: hold, timeline: header}
    apply: [resize: [64, 64]]
  observation.state:
    - channel: {topic: /arm/joint_states, type: sensor_msgs/msg/JointState}
      align: {strategy: hold, timeline: header}
      select: [position.a, position.b, position.c]
      apply: [rad2deg]
    - channel: {topic: /tool_pose, type: geometry_msgs/msg/PoseStamped}
      align: {strategy: hold, timeline: header}
      select: [pose.position.x, pose.position.y, pose.position.z]
    - channel: {topic: /tool_pose, type: geometry_msgs/msg/PoseStamped}
      align: {strategy: hold, timeline: header}
      select: [pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w]
      kind: quaternion
actions:
  action:
    - channel: {topic: /leader/joint_states, type: sensor_msgs/msg/JointState}
      align: {strategy: hold, timeline: header}
      select: [position.a, position.b, position.c]
    - channel: {topic: /gripper/command, type: std_msgs/msg/Float64}
      align: {strategy: hold, timeline: receive}
      select: [data]
rewards: {}
"""


@pytest.mark.parametrize("skill", ["pick", "reach", "push", "trace"])
def test_our_contracts_come_back_as_they_were(tmp_path, skill):
    contract = Contract.load(skill)
    data, remarks = rosetta.exported(contract)
    (tmp_path / "there.yaml").write_text(yaml.safe_dump(data))
    assert rosetta.imported(tmp_path / "there.yaml") == (contract, [])
    assert data["fps"] == 10 and any("horizons" in r for r in remarks)
    assert "geometry_msgs/msg/PoseStamped by a plug-in" in remarks[-1]
    joints = data["observations"]["observation.state"][0]
    assert joints["channel"]["topic"] == "/franka/joint_states" and joints["select"][0] == "position.fr3_joint1"
    sources = [s for sources in data["observations"].values() for s in sources]
    assert all({"channel", "align", "select"} <= set(s) for s in sources)
    assert all(len(s["select"]) == 4 for s in sources if s.get("kind") == "quaternion")
    assert all(len(set(s["select"])) == len(s["select"]) for s in sources)


def test_a_strangers_contract_is_read_and_its_losses_are_said(tmp_path):
    (tmp_path / "arm.yaml").write_text(ARM)
    contract, remarks = rosetta.imported(tmp_path / "arm.yaml", robot="fr3")
    found = {e.name: (e.size, e.unit, e.topic, e.field) for e in contract.observation}
    assert found == {
        "joint_position": (3, "rad", "/arm/joint_states", "position"),
        "tool_pose_position": (3, "m", "/tool_pose", "pose.position"),
        "tool_pose_rotation": (6, "1", "/tool_pose", "pose.orientation"),
    }
    assert [(e.name, e.sink, e.size) for e in contract.action] == [
        ("joint_position", "arm", 3), ("command_data", "arm", 1),
    ]  # fmt: skip
    assert (contract.skill, contract.robot, contract.rate_hz) == ("arm", "fr3", 30)
    told = " ".join(remarks)
    for words in ("observation.images.front left out", "rad2deg", "left out: rewards", "horizons"):
        assert words in told, words


def test_what_is_none_is_refused(tmp_path):
    (tmp_path / "ours.yaml").write_text("skill: x")
    with pytest.raises(FileFormatError, match="is no contract of rosetta"):
        rosetta.imported(tmp_path / "ours.yaml")
    (tmp_path / "blind.yaml").write_text(ARM.replace("      select: [data]\n", ""))
    with pytest.raises(FileFormatError, match="/gripper/command has no select"):
        rosetta.imported(tmp_path / "blind.yaml")
