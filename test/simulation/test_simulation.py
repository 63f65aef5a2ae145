"""The simulation: repeatable, faithful to the kinematics, and judged rightly."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.package_files import package_path
from midp_ros.expert import ToolDisturbance, make_expert
from midp_ros.simulation import TASKS, Simulation, rollout


def contract(task):
    return Contract.load(package_path("config", "contracts", f"{task}.yaml"))


@pytest.mark.parametrize("task", ["pick", "reach"])
def test_the_same_seed_gives_the_same_trajectory(task):
    agreed = contract(task)
    runs = []
    for _ in range(2):
        simulation = Simulation(task)
        first = rollout(simulation, make_expert(task, agreed), 3, disturbance=ToolDisturbance(agreed))
        again = rollout(simulation, make_expert(task, agreed), 3, disturbance=ToolDisturbance(agreed))
        np.testing.assert_array_equal(first.desired_rad, again.desired_rad)
        runs.append(first)
    np.testing.assert_array_equal(runs[0].desired_rad, runs[1].desired_rad)
    other = rollout(simulation, make_expert(task, agreed), 4)
    assert other.desired_rad[0].tolist() != runs[0].desired_rad[0].tolist()


def test_the_arm_follows_a_joint_trajectory():
    simulation = Simulation("reach")
    start = simulation.arm.desired_rad
    goal = start + 0.2
    simulation.follow(JointTrajectory(np.array([0.0, 1.0]), np.stack([start, goal]), np.zeros((2, 7))))
    simulation.advance(0.5)
    halfway = simulation.observe()["joint_position"]
    np.testing.assert_allclose(halfway, (start + goal) / 2, atol=0.02)
    simulation.advance(1.0)
    np.testing.assert_allclose(simulation.observe()["joint_position"], goal, atol=1e-3)
    assert np.abs(simulation.observe()["joint_velocity"]).max() < 1e-2


def test_no_trajectory_takes_a_joint_beyond_its_limits():
    simulation = Simulation("reach")
    profile, start = simulation.profile, simulation.arm.desired_rad
    beyond = np.where(np.arange(7) % 2, profile.position_max_rad + 1.0, profile.position_min_rad - 1.0)
    simulation.follow(JointTrajectory(np.array([0.0, 3.0]), np.stack([start, beyond]), np.zeros((2, 7))))
    simulation.advance(4.0)
    q = simulation.observe()["joint_position"]
    assert (q > profile.position_min_rad - 0.01).all() and (q < profile.position_max_rad + 0.01).all()


def test_observations_agree_with_the_kinematics():
    simulation = Simulation("pick")
    simulation.reset(5)
    simulation.advance(0.1)
    values = simulation.observe()
    tool = simulation.model.forward(values["joint_position"])
    np.testing.assert_array_equal(values["tool_position"], tool.position_m)
    np.testing.assert_array_equal(values["tool_rotation"], tool.rotation6)
    assert values["object_position"][2] == pytest.approx(0.025, abs=1e-3), "the cube lies on the table"
    for entry in contract("pick").observation:
        assert values[entry.name].shape == (entry.size,)


def test_without_commands_the_arm_holds():
    simulation = Simulation("reach")
    before = simulation.observe()["joint_position"]
    simulation.advance(2.0)
    np.testing.assert_allclose(simulation.observe()["joint_position"], before, atol=2e-3)
    status = simulation.status()
    assert not status.success and not status.done and not status.missing


def test_time_runs_out():
    simulation = Simulation("reach")
    simulation.advance(8.0)
    status = simulation.status()
    assert status.done and not status.success
    assert status.missing.startswith("the tool is not at the goal") and "mm" in status.missing


def test_reach_needs_the_goal_to_be_held():
    simulation = Simulation("reach")
    goal = simulation.task.observe(simulation.engine)["goal"]
    simulation.place(simulation.reachable.inverse.solve(goal).position_rad)
    simulation.advance(0.4)
    assert not simulation.status().success
    simulation.advance(0.2)
    assert simulation.status().success


def test_a_cube_that_is_only_pushed_is_not_picked():
    simulation = Simulation("pick")
    simulation.advance(3.0)
    assert not simulation.status().success
    cube = simulation.task.cube
    simulation.engine.client.resetBasePositionAndOrientation(cube, [0.5, 0.0, 0.3], [0, 0, 0, 1])
    assert not simulation.task.satisfied(simulation.engine, simulation.tool()), "in the air, not in the hand"


def test_goals_lie_in_the_box_and_vary():
    simulation = Simulation("reach")
    goals = []
    for seed in range(30):
        simulation.reset(seed)
        goals.append(simulation.task.observe(simulation.engine)["goal"].position_m)
    goals = np.array(goals)
    assert (goals >= [0.30, -0.20, 0.15]).all() and (goals <= [0.70, 0.20, 0.45]).all()
    assert (goals.std(axis=0) > [0.06, 0.08, 0.05]).all()


def test_unknown_task_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="unknown task 'dance'; known: avoid, carry, carry_play, catch, pick, "):
        Simulation("dance")
    assert set(TASKS) == {"avoid", "carry", "carry_play", "catch", "pick", "push", "reach", "recall", "trace"}
