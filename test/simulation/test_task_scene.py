"""The scene that is drawn is the simulation's."""

import numpy as np
import pytest

from midp_ros.kinematics import RobotProfile
from midp_ros.simulation import Simulation, make_task
from midp_ros.simulation.task_scene import TaskScene


@pytest.fixture(scope="module")
def profile():
    return RobotProfile.load("fr3")


def test_its_cube_lies_where_the_simulations_does(profile):
    scene, simulation = TaskScene(make_task("pick"), profile), Simulation("pick")
    simulation.reset(7)
    cube = scene.reset(7)[1]
    assert np.allclose(cube.size_m, 0.05)
    position, _ = simulation.engine.client.getBasePositionAndOrientation(simulation.task.cube)
    assert np.allclose(cube.pose.position_m, position, atol=1e-9)


def test_a_seeds_path_is_the_simulations(profile):
    """Also after the path that the seed draws first is out of reach."""
    scene, simulation = TaskScene(make_task("trace"), profile), Simulation("trace")
    for seed in (0, 5):
        simulation.reset(seed)
        line = [box.pose.position_m for box in scene.reset(seed)[1:-1]]
        distances = [np.linalg.norm(simulation.task._path - point, axis=1).min() for point in line]
        assert max(distances) < 0.002 and len(line) > 40


def test_only_what_moves_is_given(profile):
    scene = TaskScene(make_task("push"), profile)
    scene.reset(1)
    poses = scene._task.observe(scene._engine)
    assert not scene.moved(poses)
    poses["object"] = type(poses["object"])(poses["object"].position_m + [0.01, 0, 0], poses["object"].rotation)
    moved = scene.moved(poses)
    assert len(moved) == 2, "the block's two boxes, without the table and the target"
    assert not scene.moved(poses)
