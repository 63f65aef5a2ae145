"""Self-collision against the meshes in PyBullet, and no alarm where the tasks are."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.kinematics.self_collision import SelfCollision
from midp_ros.simulation.tasks import pick, reach
from midp_ros.simulation.tasks.task import random_tool

MODELS = {name: ArmModel(name) for name in ("fr3", "panda")}


@pytest.mark.parametrize("robot", MODELS)
def test_known_postures(robot):
    model = MODELS[robot]
    arm = SelfCollision(model)
    assert arm.touching(model.profile.ready_rad) is None
    assert arm.touching(np.array([0.0, 0.0, 0.0, -0.2, 0.0, 1.6, 0.785])) is None, "stretched up"
    assert arm.touching(np.array([0.0, 1.7, 0.0, -0.3, 0.0, 1.6, 0.785])) is None, "stretched out"
    assert arm.touching(np.array([0.0, -1.0, 0.0, -3.0, 0.0, 0.6, 0.785])) is not None, "hand in the shoulder"
    assert arm.touching(np.array([0.0, 1.7, 0.0, -3.0, 0.0, 2.0, 0.0])) == ("link0", "link5")


@pytest.mark.parametrize("robot", MODELS)
def test_nothing_touches_where_the_tasks_are(robot):
    model = MODELS[robot]
    arm, inverse = SelfCollision(model), InverseKinematics(model, max_attempts=1, iterations=40)
    rng = np.random.default_rng(1)

    def reachable(tool):
        return inverse.solve(tool).converged

    above_table_m = np.array([0.35, -0.15, 0.02]), np.array([0.65, 0.15, 0.2])
    boxes = [(reach.BOX_LOW_M, reach.BOX_HIGH_M), (pick.START_LOW_M, pick.START_HIGH_M), above_table_m]
    for i in range(1000):
        tool = random_tool(rng, *boxes[i % 3], np.radians(60), np.radians(25), reachable)
        assert arm.touching(inverse.solve(tool).position_rad) is None


def test_it_agrees_with_the_meshes():
    import pybullet
    import pybullet_data
    from pybullet_utils.bullet_client import BulletClient

    client = BulletClient(pybullet.DIRECT)
    body = client.loadURDF(pybullet_data.getDataPath() + "/franka_panda/panda.urdf", useFixedBase=True)
    numbers = {client.getJointInfo(body, i)[12].decode(): i for i in range(client.getNumJoints(body))}
    numbers["panda_link0"] = -1
    model = MODELS["panda"]
    compared = model.profile.volumes.pairs.items()
    pairs = [(numbers[f"panda_{a}"], numbers[f"panda_{b}"]) for a, others in compared for b in others]
    arm = SelfCollision(model)
    rng = np.random.default_rng(3)
    touched = 0
    for _ in range(1500):
        q = rng.uniform(model.profile.position_min_rad, model.profile.position_max_rad)
        for joint in range(7):
            client.resetJointState(body, joint, q[joint])
        near = [p[8] for a, b in pairs for p in client.getClosestPoints(body, body, 0.2, a, b)]
        distance_m = min(near, default=0.2)
        alarm = arm.touching(q) is not None
        touched += distance_m < 0
        # Bullet takes the hull of each mesh and the capsules are coarse: they agree to a few centimetres.
        assert alarm or distance_m > -0.015
        assert not alarm or distance_m < 0.1
    assert touched > 20, "random postures should have hit something"
    client.disconnect()
