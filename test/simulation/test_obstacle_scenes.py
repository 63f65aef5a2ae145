"""Obstacles in the scene, and a task's scene as obstacles."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.planning import Obstacle
from midp_ros.simulation import Simulation, make_task
from midp_ros.simulation.mesh_scene import MeshScene
from midp_ros.simulation.obstructed_task import ObstructedTask
from midp_ros.simulation.task_obstacles import task_obstacles

PROFILE = RobotProfile.load("fr3")


@pytest.mark.parametrize(("task", "number"), [("avoid", 1), ("pick", 1), ("push", 2), ("reach", 0)])
def test_a_task_s_bodies_are_obstacles_where_the_task_observes_them(task, number):
    obstacles = task_obstacles(task, PROFILE, 3)
    assert len(obstacles) == number
    simulation = Simulation(task)
    simulation.reset(3)
    if task in ("avoid", "pick"):
        (seen,) = [pose for name, pose in simulation.task.observe(simulation.engine).items() if name != "goal"]
        np.testing.assert_allclose(obstacles[0].position_m[:2], seen.position_m[:2], atol=1e-3)


def test_start_and_goal_of_an_obstructed_task_are_clear():
    model = ArmModel(PROFILE)
    walls = (Obstacle("wall", "cylinder", [0.06, 0.5], [0.5, 0.0, 0.25]),)
    task = ObstructedTask(make_task("reach"), model, walls)
    simulation, meshes = Simulation(task), MeshScene(PROFILE, walls)
    for seed in range(4):
        simulation.reset(seed)
        goal = task.observe(simulation.engine)["goal"]
        for position_rad in (simulation.arm.position_rad, simulation.reachable.inverse.solve(goal).position_rad):
            nearest = meshes.nearest(position_rad, 0.03)
            assert nearest is None or nearest.distance_m > 0.02
        assert not task.failed(simulation.engine)


def test_a_touch_is_a_failure():
    model = ArmModel(PROFILE)
    tool_m = model.forward(PROFILE.ready_rad).position_m
    task = ObstructedTask(make_task("reach"), model, (Obstacle("ball", "sphere", [0.06], [0.2, 0.6, 0.5]),))
    simulation = Simulation(task)
    place = [float(value) for value in tool_m]
    (body,) = task._bodies
    simulation.engine.client.resetBasePositionAndOrientation(body, place, (0, 0, 0, 1))
    simulation.place(PROFILE.ready_rad)
    simulation.advance(0.05)
    assert task.failed(simulation.engine) and task.missing(simulation.engine, Pose(tool_m, np.eye(3)))[0].endswith(
        "obstacle"
    )


def test_a_picture_shows_the_arm_and_the_obstacles():
    scene = MeshScene(PROFILE, (Obstacle("ball", "sphere", [0.1], [0.5, 0.3, 0.5]),), visuals=True)
    picture = scene.picture(np.stack([PROFILE.ready_rad, PROFILE.ready_rad + 0.2]), np.zeros((1, 3)), 160, 120)
    scene.close()
    red = (picture[..., 0] > 120) & (picture[..., 1] < 90)
    assert picture.shape == (120, 320, 3) and red[:, :160].any() and red[:, 160:].any()
