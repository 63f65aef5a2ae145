"""Avoid: the sides are alike, a touch fails the episode, and the side that was taken is known."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, tool_down
from midp_ros.expert import make_expert
from midp_ros.expert.reach import ReachRule
from midp_ros.expert.scripted import ScriptedExpert
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.tasks.avoid import GOAL_HIGH_M, GOAL_LOW_M, POST_HIGH_M, POST_LOW_M, START_HIGH_M, START_LOW_M

CONTRACT = Contract.load("avoid")


@pytest.fixture(scope="module")
def simulation():
    return Simulation("avoid")


def passed_at(simulation, y_m):
    """The side of a tool that goes straight along x at a distance from the arm's plane of symmetry."""
    task, engine = simulation.task, simulation.engine
    simulation.reset(0)
    for x_m in np.linspace(0.36, 0.66, 30):
        task.satisfied(engine, Pose(np.array([x_m, y_m, 0.12]), tool_down(0.0)))
    return simulation.info()["side"]


def test_the_side_is_that_on_which_the_tool_passes(simulation):
    simulation.reset(0)
    assert simulation.info() == {"side": "none"}
    assert passed_at(simulation, 0.1) == "left", "the arm looks along x, and y is to its left"
    assert passed_at(simulation, -0.1) == "right"


def test_both_sides_are_alike():
    for low_m, high_m in ((POST_LOW_M, POST_HIGH_M), (START_LOW_M, START_HIGH_M), (GOAL_LOW_M, GOAL_HIGH_M)):
        assert low_m[1] == -high_m[1]


def test_straight_ahead_stands_the_post_and_a_touch_ends_the_episode(simulation):
    expert = ScriptedExpert(CONTRACT, ReachRule(), varied=False)
    for seed in range(3):
        result = rollout(simulation, expert, seed)
        assert not result.success and result.failure.reason == "the arm touched the post"
        assert result.duration_s < 2.0, "it ends there, not at the time limit"
        assert result.info == {"side": "none"}


def test_equal_observations_have_both_answers():
    """The side is drawn by the seed alone, and the same seed draws it again."""
    expert = make_expert("avoid", CONTRACT)
    sides = []
    for seed in range(400):
        expert.reset(seed)
        sides.append(expert.rule._side)
    assert abs(np.mean(sides)) < 0.1, "left and right in equal shares"
    expert.reset(7)
    assert expert.rule._side == sides[7]


@pytest.mark.slow
def test_the_expert_passes_on_the_side_that_it_has_drawn(simulation):
    expert = make_expert("avoid", CONTRACT)
    results = [rollout(simulation, expert, seed) for seed in range(12)]
    assert all(result.success for result in results)
    for result in results:
        expert.reset(result.seed)
        assert result.info["side"] == ("left" if expert.rule._side > 0 else "right")
    assert {result.info["side"] for result in results} == {"left", "right"}


def test_a_tool_that_is_pushed_across_goes_on_where_it_is():
    """Beside the post there is no way back through it."""
    rule = make_expert("avoid", CONTRACT).rule
    rule.reset()
    post_m, goal_m = np.array([0.5, 0.0, 0.07]), np.array([0.65, 0.0, 0.12])
    observed = {"goal_position": goal_m, "obstacle_position": post_m, "goal_rotation": tool_down(0.0)[:, :2].T.ravel()}
    goal, _ = rule.goal(observed, Pose(np.array([0.5, -0.06, 0.12]), tool_down(0.0)))
    assert goal.position_m[1] < -0.05
    assert rule._side == -1.0
