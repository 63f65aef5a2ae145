"""Joint and link names as franka_bringup's arguments make them."""

import xml.etree.ElementTree as ElementTree

import pinocchio as pin
import pytest

from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.kinematics.naming import described, named


def test_without_arguments_the_names_are_the_profiles():
    profile = RobotProfile.load("fr3")
    again = named(profile)
    assert again.joint_names == profile.joint_names and again.tool_frame == profile.tool_frame


def test_type_and_prefix_go_before_every_name_but_the_fingers_have_no_prefix():
    names = named(RobotProfile.load("fr3"), "fr3v2", "left")
    assert names.joint_names[0] == "left_fr3v2_joint1" and names.joint_names[6] == "left_fr3v2_joint7"
    assert (names.base_frame, names.tool_frame) == ("left_fr3v2_link0", "left_fr3v2_hand_tcp")
    assert (names.flange_frame, names.hand_frame) == ("left_fr3v2_link8", "left_fr3v2_hand")
    assert names.finger_joint_names == ("fr3v2_finger_joint1", "fr3v2_finger_joint2")


@pytest.mark.parametrize("robot, root", [("fr3", "base"), ("panda", "panda_link0")])
def test_the_description_has_one_root_and_the_arms_joints(robot, root):
    profile = RobotProfile.load(robot)
    tree = ElementTree.fromstring(described(profile, root))
    links = {link.get("name") for link in tree.findall("link")}
    children = {joint.find("child").get("link") for joint in tree.findall("joint")}
    assert links - children == {root}
    assert {j.get("name") for j in tree.findall("joint[@type='revolute']")} == set(profile.joint_names)
    # Meshes stay where they are.
    assert described(profile, root).count("package://") == profile.urdf_path.read_text().count("package://")


def test_a_renamed_description_moves_as_the_arm_does():
    profile = RobotProfile.load("fr3")
    text = described(profile, "base", "fr3v2", "left")
    assert '"fr3_' not in text and '"left_fr3v2_hand_tcp"' in text and "left_fr3v2_base_joint" in text
    model = pin.buildModelFromXML(text)
    q = pin.neutral(model)
    q[:7] = profile.ready_rad
    data = model.createData()
    pin.framesForwardKinematics(model, data, q)
    tool = data.oMf[model.getFrameId("left_fr3v2_hand_tcp")]
    assert ArmModel(profile).forward(profile.ready_rad).position_m == pytest.approx(tool.translation, abs=1e-12)
