"""The arm that is drawn stands where pinocchio puts it."""

from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.viewer.arm_description import ArmDescription, coarse, read_obj


@pytest.mark.parametrize("robot", ["fr3", "panda"])
def test_its_tool_is_where_pinocchio_puts_it(robot):
    profile = RobotProfile.load(robot)
    arm = ArmDescription.read(profile.urdf_path.read_text())
    q = np.random.default_rng(0).uniform(profile.position_min_rad, profile.position_max_rad)
    positions = dict(zip(profile.joint_names, q, strict=True))
    poses = {arm.root: Pose(np.zeros(3), np.eye(3))}
    for joint in arm.joints:
        poses[joint.child] = poses[joint.parent] @ joint.pose(positions.get(joint.name, 0.0))
    wanted = ArmModel(profile).forward(q)
    found = poses[profile.base_frame].inverse() @ poses[profile.tool_frame]
    assert np.allclose(found.position_m, wanted.position_m, atol=1e-9)
    assert np.allclose(found.rotation, wanted.rotation, atol=1e-9)


def test_the_fingers_slide_out():
    profile = RobotProfile.load("fr3")
    arm = ArmDescription.read(profile.urdf_path.read_text())
    left, right = (next(j for j in arm.joints if j.name == name) for name in profile.finger_joint_names)
    apart_m = left.pose(0.04).position_m - left.pose(0.0).position_m, right.pose(0.04).position_m
    assert np.isclose(np.linalg.norm(apart_m[0]), 0.04)
    assert left.slides and right.slides


def test_a_mesh_is_read_as_another_library_reads_it():
    trimesh = pytest.importorskip("trimesh", reason="NOT CHECKED, since the extra `viewer` is not installed")
    files = pytest.importorskip("pybullet_data", reason="NOT CHECKED, since pybullet is not installed").getDataPath()
    for name in ("visual/finger.obj", "collision/link0.obj", "visual/hand.obj"):
        path = Path(files, "franka_panda", "meshes", name)
        vertices_m, faces = read_obj(path)
        other = trimesh.load_mesh(path, process=False, skip_materials=True)
        both = (vertices_m, faces), (other.vertices, other.faces)
        corners = [np.sort(v[f].reshape(-1, 9), axis=0) for v, f in both]
        np.testing.assert_allclose(*corners, atol=1e-7)


def test_a_coarse_mesh_keeps_its_shape():
    """A sphere of 5 cm: its area stays within 2 %, with a fraction of its triangles."""
    trimesh = pytest.importorskip("trimesh", reason="NOT CHECKED, since the extra `viewer` is not installed")
    ball = trimesh.creation.icosphere(subdivisions=6, radius=0.05)
    mesh = coarse(np.asarray(ball.vertices), np.asarray(ball.faces))
    found = trimesh.Trimesh(mesh.vertices_m, mesh.faces, process=False)
    assert len(mesh.faces) < len(ball.faces) / 5
    assert abs(found.area / (4 * np.pi * 0.05**2) - 1) < 0.02
    assert abs(np.linalg.norm(mesh.vertices_m, axis=1) - 0.05).max() < 0.002
