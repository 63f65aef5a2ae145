"""Carry: its scenes, its keypoints, and experts that succeed in scenes of another size and height."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import ConfigError
from midp_ros.expert import make_expert
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.tasks.carry import Carry, CarryPlay


@pytest.mark.parametrize("size_m, table_m", [(0.035, 0.0), (0.06, 0.1)])
def test_keypoints_are_corners_of_a_box_that_lies_on_its_table(size_m, table_m):
    simulation = Simulation(Carry(size_m, table_m))
    simulation.advance(0.2)
    observed = simulation.observe()
    points = np.stack([observed[f"point_{i}_position"] for i in (1, 2, 3, 4)])
    np.testing.assert_allclose(points.mean(0), observed["object_position"], atol=1e-9)
    np.testing.assert_allclose(sorted(points[:, 2]), table_m + np.array([0, 0, size_m, size_m]), atol=1e-3)
    apart = np.linalg.norm(points[:, None] - points, axis=-1)[np.triu_indices(4, 1)]
    np.testing.assert_allclose(apart, np.sqrt(2) * size_m, atol=1e-6)
    assert observed["tool_position"][2] > table_m + 0.15 and observed["goal_position"][2] > table_m + 0.1


@pytest.mark.parametrize("task", [Carry(0.035, 0.1), CarryPlay()], ids=["small box, high table", "play"])
def test_its_expert_brings_the_box_to_its_goal(task):
    result = rollout(Simulation(task), make_expert(task.name, Contract.load(task.name)), seed=1)
    assert result.success and result.position_error_m < 0.02


def test_play_takes_ways_that_differ_by_seed_and_are_no_straight_ones():
    simulation, expert = Simulation(CarryPlay()), make_expert("carry_play", Contract.load("carry_play"))
    found = rollout(simulation, expert, seed=3, keep_observations=True).observations
    way = found["object_position"]
    length_m = np.linalg.norm(np.diff(way, axis=0), axis=-1).sum()
    assert length_m > 1.2 * np.linalg.norm(way[-1] - way[0])


def test_what_it_lacks_is_said():
    simulation = Simulation(Carry())
    what, details = simulation.task.missing(simulation.engine, simulation.tool())
    assert what == "the box is not lifted" and "off its goal" in details


def test_a_box_that_the_hand_cannot_grasp_is_refused():
    with pytest.raises(ConfigError, match=r"size_m: got 0.09"):
        Carry(0.09)
    with pytest.raises(ConfigError, match=r"table_m: got -0.1"):
        Carry(table_m=-0.1)


def test_the_contract_of_play_is_that_of_the_task():
    task, play = Contract.load("carry"), Contract.load("carry_play")
    assert task.observation == play.observation and task.action == play.action and task.horizon == play.horizon
