"""The transforms between links, multiplied along the arm, are the arm's forward kinematics."""

import numpy as np
import pytest

from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.kinematics.elbow import elbow
from midp_ros.kinematics.links import LinkTree, pose_numbers
from midp_ros.kinematics.naming import described


@pytest.fixture(scope="module")
def tree():
    return LinkTree(described(RobotProfile.load("fr3"), "base"))


def test_every_link_has_one_parent(tree):
    arm = [(f"fr3_link{i}", f"fr3_link{i + 1}") for i in range(7)]
    fingers = [("fr3_hand", "fr3_leftfinger"), ("fr3_hand", "fr3_rightfinger")]
    assert sorted(tree.moving) == sorted(arm + fingers)
    assert sorted(tree.fixed) == [
        ("base", "fr3_link0"), ("fr3_hand", "fr3_hand_tcp"), ("fr3_link7", "fr3_link8"), ("fr3_link8", "fr3_hand"),
    ]  # fmt: skip


def test_the_chain_from_base_to_tool_is_the_forward_kinematics(tree):
    rng = np.random.default_rng(1)
    q = rng.uniform(-1.0, 1.0, 7)
    links = dict(zip([c for _, c in tree.moving], tree.moving_poses(q, 0.03), strict=True))
    links |= dict(zip([c for _, c in tree.fixed], tree.fixed_poses(), strict=True))
    parents = {child: parent for parent, child in tree.moving + tree.fixed}
    pose, link = Pose(np.zeros(3), np.eye(3)), "fr3_hand_tcp"
    while link != "base":
        pose = Pose.from_quaternion(links[link][:3], links[link][3:]) @ pose
        link = parents[link]
    expected = ArmModel("fr3").forward(q)
    np.testing.assert_allclose(pose.position_m, expected.position_m, atol=1e-12)
    np.testing.assert_allclose(pose.rotation, expected.rotation, atol=1e-12)


def test_fingers_move_apart(tree):
    links = dict(zip([c for _, c in tree.moving], tree.moving_poses(np.zeros(7), 0.03), strict=True))
    np.testing.assert_allclose(links["fr3_leftfinger"][:3], [0.0, 0.03, 0.0584], atol=1e-12)
    np.testing.assert_allclose(links["fr3_rightfinger"][:3], [0.0, -0.03, 0.0584], atol=1e-12)


def test_a_poses_numbers_are_its_position_and_quaternion():
    pose = Pose(np.array([1.0, 2.0, 3.0]), matrix_from_rotation_vector([0.3, -0.2, 0.9]))
    again = Pose.from_quaternion(pose_numbers(pose)[:3], pose_numbers(pose)[3:])
    np.testing.assert_allclose(again.position_m, pose.position_m)
    np.testing.assert_allclose(again.rotation, pose.rotation, atol=1e-12)


@pytest.mark.parametrize("beyond_rad, sign", [(0.1, 1.0), (0.0, 0.0), (-0.1, -1.0)])
def test_the_elbows_sign_is_the_fourth_joints_beyond_the_flip(beyond_rad, sign):
    joints = RobotProfile.load("fr3").elbow
    q = np.arange(7.0)
    q[3] = joints.flip_rad + beyond_rad
    assert elbow(joints, q) == (2.0, sign)
