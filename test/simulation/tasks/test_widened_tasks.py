"""Starts and goals in a wider area: where they lie, that the arm can do it, and that the usual episodes stay as they
are."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import ConfigError
from midp_ros.expert import make_expert
from midp_ros.kinematics import ArmModel
from midp_ros.simulation import Simulation, random_tool, rollout
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.reach import Reach as Reachable
from midp_ros.simulation.tasks import avoid, pick, reach

MODEL = ArmModel("fr3")


def drawn(task, seed):
    """Start and goal [m], of a task alone."""
    start = task.reset(Engine(), np.random.default_rng(seed), Reachable(MODEL))
    return start.tool.position_m, task.observe(None)["goal"].position_m


@pytest.mark.parametrize("seed", [0, 7, 100_003])
def test_the_usual_episode_of_a_seed_is_the_one_that_it_was(seed):
    rng, reachable = np.random.default_rng(seed), Reachable(MODEL)
    box = reach.BOX_LOW_M, reach.BOX_HIGH_M, reach.YAW_RAD, reach.TILT_RAD, reachable
    goal, start = (random_tool(rng, *box).position_m for _ in range(2))
    for task in (reach.Reach(), reach.Reach(1.0)):
        assert [place.tolist() for place in drawn(task, seed)] == [start.tolist(), goal.tolist()]
    rng = np.random.default_rng(seed)
    rng.uniform(avoid.POST_LOW_M, avoid.POST_HIGH_M)
    goal = random_tool(rng, avoid.GOAL_LOW_M, avoid.GOAL_HIGH_M, 0.0, 0.0, reachable).position_m
    assert drawn(avoid.Avoid(), seed)[1].tolist() == goal.tolist()


def test_a_wider_area_is_used_about_the_same_middle_and_only_where_the_arm_has_room():
    task = reach.Reach(2.0)
    places = np.array([drawn(task, seed) for seed in range(40)]).reshape(-1, 3)
    outside = ((places < reach.BOX_LOW_M) | (places > reach.BOX_HIGH_M)).any(axis=1)
    assert 0.5 < outside.mean() < 1
    assert (places[:, 0] >= 0.25).all() and (places[:, 2] >= 0.06).all()
    assert np.abs(places[:, 1]).max() <= 0.4 and places[:, 2].max() <= 0.6

    starts, goals = np.array([drawn(avoid.Avoid(2.0), seed) for seed in range(20)]).swapaxes(0, 1)
    assert np.abs(starts[:, 1]).max() > 0.02 and np.abs(starts[:, :2] - [0.36, 0]).max() <= 0.04
    assert np.abs(goals[:, :2] - [0.66, 0]).max() <= 0.04
    assert starts[:, 2].min() >= avoid.START_LOW_M[2] and starts[:, 2].max() <= avoid.START_HIGH_M[2]


def test_a_wider_table_is_used_where_the_hand_can_point_down():
    def picked(task, seed):
        engine = Engine()
        start = task.reset(engine, np.random.default_rng(seed), Reachable(MODEL))
        return start.tool.position_m, task.cube_m(engine)

    rng = np.random.default_rng(3)
    assert picked(pick.Pick(), 3)[1][:2].tolist() == rng.uniform(pick.AREA_LOW_M, pick.AREA_HIGH_M).tolist()
    task = pick.Pick(1.5)
    starts, cubes = np.array([picked(task, seed) for seed in range(40)]).swapaxes(0, 1)
    outside = ((cubes[:, :2] < pick.AREA_LOW_M) | (cubes[:, :2] > pick.AREA_HIGH_M)).any(axis=1)
    assert 0.2 < outside.mean() < 0.9
    assert cubes[:, 0].min() >= 0.28 and cubes[:, 0].max() <= 0.70 and np.abs(cubes[:, 1]).max() <= 0.225
    assert starts[:, 2].min() >= pick.START_LOW_M[2] and starts[:, 2].max() <= pick.START_HIGH_M[2]
    assert (starts[:, :2] != np.clip(starts[:, :2], pick.START_LOW_M[:2], pick.START_HIGH_M[:2])).any()


@pytest.mark.parametrize("kind", [reach.Reach, avoid.Avoid, pick.Pick])
def test_a_narrower_area_is_refused(kind):
    with pytest.raises(ConfigError, match="widened: got .*0.5.*, need at least 1"):
        kind(0.5)


@pytest.mark.slow
def test_the_expert_reaches_what_the_wider_area_has():
    simulation, expert = Simulation(reach.Reach(2.0)), make_expert("reach", Contract.load("reach"))
    assert all(rollout(simulation, expert, seed).success for seed in range(5))
    simulation, expert = Simulation(pick.Pick(1.5)), make_expert("pick", Contract.load("pick"))
    assert all(rollout(simulation, expert, seed).success for seed in range(3))
