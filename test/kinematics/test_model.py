"""Forward kinematics and Jacobian against PyBullet and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.pose import Pose, angle_between, rotation_vector
from midp_ros.kinematics import ArmModel, RobotProfile, available_robots


@pytest.mark.parametrize("robot", ["fr3", "panda"])
def test_forward_kinematics_agrees_with_pybullet(robot):
    import pybullet
    from pybullet_utils.bullet_client import BulletClient

    model = ArmModel(robot)
    profile = model.profile
    client = BulletClient(pybullet.DIRECT)
    lines = profile.urdf_path.read_text().splitlines()
    bare = "\n".join(line for line in lines if "<visual>" not in line)
    import tempfile

    with tempfile.NamedTemporaryFile("w", suffix=".urdf") as file:
        file.write(bare)
        file.flush()
        body = client.loadURDF(file.name, useFixedBase=True)
    info = {client.getJointInfo(body, i)[1].decode(): i for i in range(client.getNumJoints(body))}
    tool = next(i for i in info.values() if client.getJointInfo(body, i)[12].decode() == profile.tool_frame)
    rng = np.random.default_rng(0)
    for _ in range(1000):
        q = rng.uniform(profile.position_min_rad, profile.position_max_rad)
        for name, value in zip(profile.joint_names, q, strict=True):
            client.resetJointState(body, info[name], value)
        state = client.getLinkState(body, tool, computeForwardKinematics=True)
        theirs = Pose.from_quaternion(state[4], state[5])
        ours = model.forward(q)
        assert np.abs(ours.position_m - theirs.position_m).max() < 1e-6
        assert angle_between(ours.rotation, theirs.rotation) < 1e-6
    client.disconnect()


def test_forward_kinematics_agrees_with_the_documented_dh_parameters():
    # Craig's convention, Franka documentation: a, d, alpha per joint; then flange, hand at -45 degrees, tool.
    rows = [(0, 0.333, 0), (0, 0, -1), (0, 0.316, 1), (0.0825, 0, 1), (-0.0825, 0.384, -1), (0, 0, 1), (0.088, 0, 1)]

    def link(a, d, quarter_turns, theta):
        ca, sa = np.cos(quarter_turns * np.pi / 2), np.sin(quarter_turns * np.pi / 2)
        c, s = np.cos(theta), np.sin(theta)
        return np.array(
            [[c, -s, 0, a], [s * ca, c * ca, -sa, -d * sa], [s * sa, c * sa, ca, d * ca], [0, 0, 0, 1]], float
        )

    model = ArmModel("fr3")
    rng = np.random.default_rng(1)
    for _ in range(50):
        q = rng.uniform(model.profile.position_min_rad, model.profile.position_max_rad)
        pose = np.eye(4)
        for row, theta in zip(rows, q, strict=True):
            pose = pose @ link(*row, theta)
        pose = pose @ link(0, 0.107, 0, -np.pi / 4) @ link(0, 0.1034, 0, 0)
        ours = model.forward(q)
        np.testing.assert_allclose(ours.position_m, pose[:3, 3], atol=1e-9)
        np.testing.assert_allclose(ours.rotation, pose[:3, :3], atol=1e-9)


def test_jacobian_agrees_with_finite_differences():
    model = ArmModel("fr3")
    rng = np.random.default_rng(2)
    q = rng.uniform(model.profile.position_min_rad, model.profile.position_max_rad)
    jacobian, here, step = model.jacobian(q), model.forward(q), 1e-6
    for j in range(7):
        there = model.forward(q + step * np.eye(7)[j])
        linear = (there.position_m - here.position_m) / step
        angular = rotation_vector(there.rotation @ here.rotation.T) / step
        np.testing.assert_allclose(jacobian[:, j], np.concatenate([linear, angular]), atol=1e-5)


def test_urdf_files_say_what_the_profiles_say():
    import xml.etree.ElementTree as ElementTree

    for name in available_robots():
        profile = RobotProfile.load(name)
        joints = {j.get("name"): j for j in ElementTree.parse(profile.urdf_path).getroot().iter("joint")}
        for i, joint in enumerate(profile.joint_names):
            limit = joints[joint].find("limit")
            assert float(limit.get("lower")) == profile.position_min_rad[i]
            assert float(limit.get("upper")) == profile.position_max_rad[i]
            assert float(limit.get("velocity")) == profile.velocity_max_rad_s[i]
            assert float(limit.get("effort")) == profile.torque_max_nm[i]


def test_velocity_limits_of_the_fr3_depend_on_the_position():
    profile = RobotProfile.load("fr3")
    low, high = profile.velocity_range(np.clip(np.zeros(7), profile.position_min_rad, profile.position_max_rad))
    assert (low <= 0).all() and (high >= 0).all()
    assert (high <= profile.velocity_max_rad_s).all() and (low >= -profile.velocity_max_rad_s).all()
    # Franka's formula by hand for J1, 0.1 rad before the end of its range.
    q = profile.ready_rad.copy()
    q[0] = 2.8007
    assert profile.velocity_range(q)[1][0] == pytest.approx(-0.6599 + np.sqrt(2 * 6.0 * 0.1))
    q[0] = 2.9007
    assert profile.velocity_range(q)[1][0] == 0.0


def test_unknown_robot_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="unknown robot 'ur5'; known: fr3, panda"):
        RobotProfile.load("ur5")
