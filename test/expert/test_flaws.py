"""Flaws on purpose: each shows in the motion, and the goal is reached all the same; without a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.pose import rotation6_from_matrix, tool_down
from midp_ros.core.window import ObservationWindow
from midp_ros.expert import make_expert
from midp_ros.expert.flaws import FLAWS, FlawedExpert

CONTRACT = Contract.load("reach")
FASTEST_M = 0.04  # per step
START, GOAL = np.array([0.4, -0.15, 0.2]), np.array([0.6, 0.15, 0.4])


def path(expert, seed, steps=80):
    """Commanded tool positions (steps, 3) of an episode; the tool follows as fast as an arm does."""
    expert.reset(seed)
    window, tool, found = ObservationWindow(CONTRACT), START, []
    rotation = rotation6_from_matrix(tool_down(0.0))
    for step in range(steps):
        seen = {"tool_position": tool, "tool_rotation": rotation, "goal_position": GOAL, "goal_rotation": rotation}
        window.push(step * CONTRACT.step_s, {"joint_position": np.zeros(7), **seen})
        action = expert.act(window).actions[0]
        found.append(action[CONTRACT.action_slices["tool_position"]])
        offset = found[-1] - tool
        tool = tool + offset * min(1.0, FASTEST_M / max(float(np.linalg.norm(offset)), FASTEST_M))
    return np.array(found)


def way(found):
    return float(np.linalg.norm(np.diff(found, axis=0), axis=1).sum())


def arrival(found):
    """First step from which on the commands stay within 1 cm of the goal."""
    away = np.flatnonzero(np.linalg.norm(found - GOAL, axis=1) > 0.01)
    return int(away[-1]) + 1


@pytest.mark.parametrize("flaw", sorted(FLAWS))
def test_a_flawed_demonstration_arrives_and_shows_its_flaw(flaw):
    plain, flawed = make_expert("reach", CONTRACT), FlawedExpert(make_expert("reach", CONTRACT), flaw)
    for seed in range(5):
        good, bad = path(plain, seed), path(flawed, seed)
        assert arrival(bad) < len(bad)
        if flaw == "pauses":
            assert arrival(bad) >= arrival(good) + 5 and way(bad) < 1.15 * way(good)
        elif flaw == "detour":
            assert way(bad) > 1.1 * way(good)
        else:
            jerk = [np.linalg.norm(np.diff(p, 3, axis=0), axis=1).mean() for p in (good, bad)]
            assert jerk[1] > 3 * jerk[0]


def test_the_same_seed_gives_the_same_flaw():
    flawed = FlawedExpert(make_expert("reach", CONTRACT), "tremor")
    first = path(flawed, 3, 20)
    path(flawed, 4, 20)
    np.testing.assert_array_equal(path(flawed, 3, 20), first)


def test_an_unknown_flaw_is_refused():
    with pytest.raises(UnknownNameError, match="unknown flaw 'pause'; known: detour, pauses, tremor"):
        FlawedExpert(make_expert("reach", CONTRACT), "pause")


def test_a_flawed_expert_still_draws_what_its_rule_leaves_open():
    expert = FlawedExpert(make_expert("avoid", Contract.load("avoid")), "tremor")
    sides = set()
    for seed in range(20):
        expert.reset(seed)
        sides.add(expert._expert.rule._rule._side)
    assert sides == {1.0, -1.0}
