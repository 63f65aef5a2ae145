"""Distances of the arm from itself and from a table, against the meshes in PyBullet."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.pose import Pose, rotation_about_x, tool_down
from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.kinematics.clearance import FINGERS, TABLE, Clearance

PANDA = ArmModel("panda")


@pytest.fixture(scope="module")
def meshes():
    import pybullet
    import pybullet_data
    from pybullet_utils.bullet_client import BulletClient

    client = BulletClient(pybullet.DIRECT)
    client.setAdditionalSearchPath(pybullet_data.getDataPath())
    plane = client.loadURDF("plane.urdf")
    body = client.loadURDF("franka_panda/panda.urdf", useFixedBase=True)
    names = {client.getJointInfo(body, i)[12].decode(): i for i in range(client.getNumJoints(body))}

    def above_plane_m(position_rad, *links):
        for joint, angle in enumerate(position_rad):
            client.resetJointState(body, joint, angle)
        client.performCollisionDetection()
        return min(p[8] for link in links for p in client.getClosestPoints(body, plane, 2.0, names[link]))

    yield above_plane_m
    client.disconnect()


def distance_m(clearance, position_rad, first, second):
    return min(g.distance_m for g in clearance.gaps(position_rad) if (g.first, g.second) == (first, second))


def test_over_the_table_it_agrees_with_the_meshes(meshes):
    clearance, inverse = Clearance(PANDA, 0.0), InverseKinematics(PANDA)
    rng = np.random.default_rng(2)
    for _ in range(30):
        tilt = rotation_about_x(rng.uniform(-0.4, 0.4))
        tool = Pose(rng.uniform([0.35, -0.2, 0.0], [0.6, 0.2, 0.3]), tilt @ tool_down(rng.uniform(-1, 1)))
        q = inverse.solve(tool).position_rad
        fingers_m = meshes(q, "panda_leftfinger", "panda_rightfinger")
        # Bullet's fingers are closed; open ones of a tilted hand reach up to 4 cm * sin(tilt) further.
        assert distance_m(clearance, q, FINGERS, TABLE) == pytest.approx(fingers_m, abs=0.025)
        links_m = min(g.distance_m for g in clearance.gaps(q) if g.second == TABLE and g.first != FINGERS)
        meshes_m = meshes(q, *(f"panda_{link}" for link in ("link4", "link5", "link6", "link7", "hand")))
        # Bullet takes the hull of each mesh and the capsules are coarse: they agree to a few centimetres.
        assert links_m == pytest.approx(meshes_m, abs=0.03)


def test_a_straight_hand_s_fingertips_are_known_to_millimetres(meshes):
    q = InverseKinematics(PANDA).solve(Pose(np.array([0.5, 0.0, 0.02]), tool_down(0.0))).position_rad
    fingers_m = meshes(q, "panda_leftfinger", "panda_rightfinger")
    assert distance_m(Clearance(PANDA, 0.0), q, FINGERS, TABLE) == pytest.approx(fingers_m, abs=0.002)
    assert distance_m(Clearance(PANDA, 0.1), q, FINGERS, TABLE) == pytest.approx(fingers_m - 0.1, abs=0.002)


@pytest.mark.parametrize("table_height_m", [None, 0.0, 0.1])
def test_too_close_is_what_the_distances_say(table_height_m):
    clearance = Clearance(PANDA, table_height_m)
    rng = np.random.default_rng(4)
    low, high = PANDA.profile.position_min_rad, PANDA.profile.position_max_rad
    found = []
    for _ in range(400):
        q = rng.uniform(low, high)
        short = [g for g in clearance.gaps(q) if g.distance_m < g.least_m - 1e-6]
        assert clearance.too_close(q) == bool(short)
        found += short
    assert any(g.second == TABLE for g in found) == (table_height_m is not None)
    assert any(g.second != TABLE for g in found)


def test_no_corner_of_the_hand_is_below_what_is_known_of_it():
    """Half sizes of the body and of each finger's tip of the Franka Hand, in the hand's frame [m]."""
    model = ArmModel("fr3")
    clearance, rng = Clearance(model, 0.0), np.random.default_rng(5)
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    body_m = [0.0, 0.0, 0.035] + signs * [0.02, 0.1, 0.03]
    tips_m = [0.0, 0.0, 0.1019] + signs * [0.01, 0.052, 0.01]
    beyond_m = {"fr3_hand": 0.0, FINGERS: 0.0}
    for _ in range(200):
        q = rng.uniform(model.profile.position_min_rad, model.profile.position_max_rad)
        tool = model.forward(q)
        for name, corners_m in (("fr3_hand", body_m), (FINGERS, tips_m)):
            lowest_m = (tool.position_m + (corners_m - [0.0, 0.0, 0.1034]) @ tool.rotation.T)[:, 2].min()
            beyond_m[name] = max(beyond_m[name], distance_m(clearance, q, name, TABLE) - lowest_m)
    assert beyond_m["fr3_hand"] < 0.005 and beyond_m[FINGERS] < 0.006, "less than the least distance of a person's tool"
