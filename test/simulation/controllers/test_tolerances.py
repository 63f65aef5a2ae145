"""Tolerances: what 0, -1 and nonsense in a goal mean."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.simulation.controllers import Tolerances, TrackingState

NAMES = ("a", "b")
DEFAULTS = Tolerances(np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[0.5, 0.6], [0.7, 0.8]]), goal_time_s=2.0)


def test_a_goal_overlays_the_joints_that_it_names():
    asked = DEFAULTS.for_goal(NAMES, {"b": (0.05, 0.0)}, {"a": (-1.0, 9.0)}, 0.0)
    np.testing.assert_array_equal(asked.path, [[0.1, 0.2], [0.05, 0.4]])
    np.testing.assert_array_equal(asked.goal, [[0.0, 9.0], [0.7, 0.8]])
    assert asked.goal_time_s == 2.0


@pytest.mark.parametrize("asked, wanted", [(0.0, 2.0), (-1.0, 0.0), (0.5, 0.5)])
def test_a_goals_time(asked, wanted):
    assert DEFAULTS.for_goal(NAMES, {}, {}, asked).goal_time_s == wanted


@pytest.mark.parametrize(
    "path, goal, time_s",
    [({"a": (0.5, 0.0), "elbow": (0.1, 0.1)}, {}, 0.0), ({}, {"a": (0.5, -2.0)}, 0.0), ({"a": (0.5, 0.5)}, {}, -3.0)],
)
def test_nonsense_leaves_the_defaults(path, goal, time_s):
    assert DEFAULTS.for_goal(NAMES, path, goal, time_s) is DEFAULTS


def test_zero_allows_everything():
    far = TrackingState(0.0, np.ones(2), np.zeros(2), np.zeros(2), -np.ones(2), np.zeros(2))
    default = Tolerances.default(2)
    assert default.allow_on_path(far) and default.allow_at_goal(far)
    assert not DEFAULTS.allow_on_path(far) and not DEFAULTS.allow_at_goal(far)
    moving = TrackingState(0.0, np.ones(2), np.zeros(2), np.zeros(2), np.ones(2), np.array([0.0, 0.011]))
    assert default.allow_on_path(moving) and not default.allow_at_goal(moving)
