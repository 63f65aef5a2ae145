"""`plan` is a pure step: it answers the same for the same chunk and running motion, and changes neither."""

from __future__ import annotations

import copy
from types import SimpleNamespace

import numpy as np
import pytest

from midp_ros.control.loop.chunk_planner import ChunkPlanner
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.plan import PlanningError, RunningMotion
from midp_ros.control.shaping.collision_check import CollisionError
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.window import action_vector
from midp_ros.kinematics import ArmModel, tracker_of

CONTRACT, MODEL = Contract.load("reach"), ArmModel("fr3")
READY = MODEL.profile.ready_rad
STANDING = RunningMotion(1.1, 0.02, JointTrajectory(np.array([0.0]), READY[None], np.zeros((1, 7))))


def chunk(time_s=1.0):
    """The tool moves 5 cm aside in 15 steps."""
    tool = MODEL.forward(READY)
    rows = [
        action_vector(CONTRACT, {"tool_position": tool.position_m + [0, y, 0], "tool_rotation": tool.rotation6})
        for y in np.linspace(0, 0.05, 15)
    ]
    return ActionChunk(np.stack(rows), time_s, 0.1)


def planner(check=lambda motion: None):
    """Its clock stands still, so that no patience ends."""
    policy = SimpleNamespace(act=None)
    return ChunkPlanner(
        policy, tracker_of(MODEL, CONTRACT), CommandShaper(MODEL.profile), lambda: 0.0, LatencyProfile(), check
    )


def numbers(plan):
    rest = plan.remainder()
    motions = [plan.head] if rest is None else [plan.head, rest]
    return [part for motion in motions for part in (motion.time_s, motion.position_rad, motion.velocity_rad_s)]


def test_the_same_chunk_and_running_motion_give_the_same_plan_and_stay_as_they_were():
    one, asked, running = planner(), chunk(), STANDING
    before = copy.deepcopy((asked, running))
    first = numbers(one.plan(asked, running))
    one.plan(chunk(0.9), STANDING)  # another plan meanwhile leaves no trace
    again, elsewhere = one.plan(asked, running), planner().plan(asked, running)
    for other in (again, elsewhere):
        for left, right in zip(first, numbers(other), strict=True):
            np.testing.assert_array_equal(left, right)
    np.testing.assert_array_equal(asked.actions, before[0].actions)
    for name in ("time_s", "position_rad", "velocity_rad_s"):
        np.testing.assert_array_equal(getattr(running.trajectory, name), getattr(before[1].trajectory, name))


def test_a_plan_takes_over_where_the_running_motion_is_and_leads_to_the_chunks_end():
    plan = planner().plan(chunk(), STANDING)
    position, velocity = STANDING.trajectory.sample(plan.takes_over_s)
    at = plan.head.sample(plan.takes_over_s)
    np.testing.assert_allclose(at[0], position, atol=1e-6)
    np.testing.assert_allclose(at[1], velocity, atol=1e-6)
    rest = plan.remainder()
    end = (rest or plan.head).position_rad[-1]
    np.testing.assert_allclose(MODEL.forward(end).position_m - MODEL.forward(READY).position_m, [0, 0.05, 0], atol=2e-3)


def test_what_is_late_or_would_collide_is_no_plan():
    with pytest.raises(PlanningError, match="inference is too slow: its chunk came 3.10 s late"):
        planner().plan(chunk(-2.0), STANDING)

    def refuse(motion):
        raise CollisionError("the hand would touch the table")

    with pytest.raises(PlanningError, match="the hand would touch the table"):
        planner(refuse).plan(chunk(), STANDING)
