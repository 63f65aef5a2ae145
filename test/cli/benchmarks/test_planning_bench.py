"""`midp bench --planning` on a few scenes: solved, clear by PyBullet's judgement, within the limits."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.cli.benchmarks.planning import BOXES, nearest_m, planning_figures, random_scene
from midp_ros.control.shaping.trajectory_splice import resting
from midp_ros.kinematics import ArmModel
from midp_ros.planning import Obstacle


@pytest.mark.slow
def test_a_few_scenes_are_solved_clear_and_within_the_limits(monkeypatch):
    monkeypatch.setattr("midp_ros.cli.benchmarks.planning.FAST_S", 60.0)  # the time is the benchmark's to judge
    told = []
    figures = planning_figures("builtin", scenes=5, first_seed=2, tell=told.append)
    assert figures["planning_solved_share"] == 1.0 and figures["planning_straight_way_blocked"] >= 1
    assert figures["planning_collisions"] == 0 and figures["planning_nearest_m"] > 0.005
    assert figures["planning_limit_share"] < 1.01 and len(told) == 5
    assert all(np.isfinite(value) for value in figures.values())


def test_the_judge_finds_a_collision_that_the_planner_was_not_asked_about():
    model = ArmModel("fr3")
    request = random_scene(model, 0)
    assert len(request.obstacles) == BOXES
    tool_m = model.forward(model.profile.ready_rad).position_m
    inside = type(request)(request.start_rad, request.goal, (Obstacle("box", "box", [0.1, 0.1, 0.1], tool_m),))
    assert nearest_m(model, inside, resting(0.0, model.profile.ready_rad)) < 0.0
