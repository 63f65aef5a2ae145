"""Recall: the goal is shown only at first, and success takes the gate before the goal."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, tool_down
from midp_ros.core.window import observation_vector
from midp_ros.simulation import Simulation
from midp_ros.simulation.tasks.recall import SHOWN_S

CONTRACT = Contract.load("recall")


@pytest.fixture
def simulation():
    simulation = Simulation("recall")
    simulation.reset(0)
    return simulation


def shown(simulation):
    return simulation.observe()["goal_position"]


def test_the_goal_is_shown_only_at_first(simulation):
    goal_m = shown(simulation)
    simulation.advance(SHOWN_S - 0.05)
    np.testing.assert_array_equal(shown(simulation), goal_m)
    simulation.advance(0.1)
    gate_m = shown(simulation)
    assert goal_m[0] - gate_m[0] > 0.1, "the gate stands before the goal"
    simulation.advance(2.0)
    np.testing.assert_array_equal(shown(simulation), gate_m)


def test_the_window_reaches_back_to_the_showing(simulation):
    """From when the slowest demonstration is on its way from gate to goal."""
    assert (CONTRACT.horizon.observed - 1) * CONTRACT.step_s >= SHOWN_S + 2.2


def test_once_it_is_hidden_no_observation_shows_the_goal(simulation):
    """Another goal behind the same gate, the arm in the same place: the same observation."""
    simulation.advance(SHOWN_S + 0.1)
    before = observation_vector(CONTRACT, simulation.observe())
    simulation.task._goal = Pose(simulation.task._goal.position_m + [0.0, 0.1, 0.0], tool_down(0.0))
    np.testing.assert_array_equal(observation_vector(CONTRACT, simulation.observe()), before)


def test_the_goal_counts_after_the_gate(simulation):
    task, engine = simulation.task, simulation.engine
    assert not task.satisfied(engine, task._goal)
    assert simulation.missing().what == "the tool has not passed the gate"
    task.satisfied(engine, task._gate)
    assert task.satisfied(engine, task._goal)
