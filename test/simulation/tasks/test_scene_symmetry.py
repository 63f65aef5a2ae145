"""What contracts declare of their scenes, against what the tasks draw and what their experts do."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.core.pose import Pose, rotation_about_z
from midp_ros.expert.experts import make_rule
from midp_ros.kinematics import ArmModel
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.reach import Reach
from midp_ros.simulation.tasks import TASKS, make_task

CONTRACTS = [Contract.load(path) for path in sorted(package_path("config", "contracts").glob("*.yaml"))]
DECLARED = {c.skill: c.scene_symmetry for c in CONTRACTS if c.scene_symmetry}
MOVING = [skill for skill, symmetry in DECLARED.items() if not symmetry.none]
LEAST_SHARE = 0.7  # of a declared range, that so many seeds fill
REACHABLE = Reach(ArmModel("fr3"))


@cache
def scenes(skill, seeds=50):
    """Tool and observed poses at the start of each seed's episode."""
    found = []
    for seed in range(seeds):
        task, engine = make_task(skill), Engine()
        start = task.reset(engine, np.random.default_rng(seed), REACHABLE)
        found.append((start.tool, task.observe(engine)))
        engine.client.disconnect()
    return found


def place_and_yaw(pose):
    return *pose.position_m[:2], np.arctan2(pose.rotation[1, 0], pose.rotation[0, 0])


def observed(poses):
    values = {f"{name}_position": pose.position_m for name, pose in poses.items()}
    return {**values, **{f"{name}_rotation": pose.rotation6 for name, pose in poses.items()}, "gripper_width": [0.08]}


def goal(skill, poses, tool):
    rule = make_rule(skill)
    rule.reset()
    return rule.goal(observed(poses), tool)


def test_the_skills_that_move_and_those_that_do_not():
    assert set(MOVING) == {"avoid", "carry", "pick", "reach"}
    assert set(DECLARED) - set(MOVING) == {"catch", "push", "pusht", "recall"}


@pytest.mark.parametrize("skill", MOVING)
def test_anchors_lie_in_the_declared_ranges_and_fill_them(skill):
    symmetry = DECLARED[skill]
    drawn = np.array([place_and_yaw(poses[symmetry.anchor]) for _, poses in scenes(skill)])
    for values, (low, high) in zip(drawn.T, (symmetry.x_m, symmetry.y_m, symmetry.yaw_rad), strict=True):
        assert low - 1e-6 <= values.min() and values.max() <= high + 1e-6
        assert np.ptp(values) >= LEAST_SHARE * (high - low)


@pytest.mark.parametrize("skill", MOVING)
def test_the_expert_does_the_same_in_a_scene_that_is_moved(skill):
    symmetry, rng = DECLARED[skill], np.random.default_rng(0)
    for tool, poses in scenes(skill)[:10]:
        anchor = poses[symmetry.anchor]
        x, y, yaw = (rng.uniform(*limits) for limits in (symmetry.x_m, symmetry.y_m, symmetry.yaw_rad))
        turn = rotation_about_z(yaw - place_and_yaw(anchor)[2])
        before, after = np.append(anchor.position_m[:2], 0.0), np.array([x, y, 0.0])
        motion = Pose(after - turn @ before, turn)
        here, width_m = goal(skill, poses, tool)
        there, same_m = goal(skill, {name: motion @ pose for name, pose in poses.items()}, motion @ tool)
        np.testing.assert_allclose(there.position_m, (motion @ here).position_m, atol=1e-9)
        np.testing.assert_allclose(there.rotation, (motion @ here).rotation, atol=1e-9)
        assert same_m == width_m


@pytest.mark.parametrize("skill", ["push", "recall"])
def test_an_expert_that_keeps_its_yaw_does_not(skill):
    assert skill in TASKS and DECLARED[skill].none
    tool, poses = scenes(skill, 1)[0]
    turned = Pose(np.zeros(3), rotation_about_z(0.5))
    here, _ = goal(skill, poses, tool)
    there, _ = goal(skill, {name: turned @ pose for name, pose in poses.items()}, turned @ tool)
    assert np.abs(there.rotation - (turned @ here).rotation).max() > 0.1
