"""Experts of the tasks that need the past: what they remember, and that they succeed on a strict robot."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.cli.evaluation.episodes import shaping
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, tool_down
from midp_ros.expert import ToolDisturbance, make_expert
from midp_ros.expert.catch import LEAD_STEPS, CatchRule
from midp_ros.expert.disturbance import usual_disturbance_m
from midp_ros.expert.recall import RecallRule
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.arm.robot_options import RobotOptions

DOWN = tool_down(0.0)
FLAT = np.array([1.0, 0, 0, 0, 1, 0])


@pytest.mark.slow
@pytest.mark.parametrize("task", ["catch", "recall"])
def test_9_of_10_episodes_succeed_half_of_them_disturbed_without_a_reflex(task):
    contract = Contract.load(task)
    simulation = Simulation(task, options=RobotOptions(interface="position", reflexes=True))
    expert, shape = make_expert(task, contract), shaping(simulation.profile, contract.step_s)
    disturbance = ToolDisturbance(contract, usual_disturbance_m(expert.rule))
    results = [
        rollout(simulation, expert, seed, disturbance=disturbance if seed % 2 else None, shape=shape)
        for seed in range(10)
    ]
    failed = {r.seed: r.failure for r in results if not r.success}
    assert len(failed) <= 1, failed
    assert not any(r.reflexes for r in results)
    again = rollout(simulation, expert, 0, shape=shape)
    np.testing.assert_array_equal(again.desired_rad, results[0].desired_rad)


def test_the_cube_is_met_where_it_will_be():
    """The speed is measured while the hand is above the cube, and kept while it is around it."""
    rule, tool = CatchRule(), Pose(np.array([0.5, 0.0, 0.2]), DOWN)
    rule.reset()
    for step in range(4):
        cube_m = np.array([0.5, 0.01 * step, 0.029])
        observed = {"object_position": cube_m, "object_rotation": FLAT, "gripper_width": np.array([0.08])}
        goal, _ = rule.goal(observed, tool)
        ahead_m = LEAD_STEPS * 0.01 if step else 0.0
        np.testing.assert_allclose(goal.position_m[:2], cube_m[:2] + [0.0, ahead_m], atol=1e-9)
    observed["object_position"] = cube_m + [0.0, 0.005, 0.0]  # a finger pushed it
    goal, width_m = rule.goal(observed, Pose(observed["object_position"], DOWN))
    assert goal.position_m[1] == pytest.approx(0.035 + LEAD_STEPS * 0.01) and width_m == 0.0


def test_what_was_shown_first_is_gone_to_after_the_gate():
    rule, start_m = RecallRule(), np.array([0.36, 0.0, 0.24])
    goal_m, gate_m = np.array([0.6, 0.1, 0.2]), np.array([0.47, 0.0, 0.23])
    rule.reset()

    def aim_m(shown_m, tool_m):
        return rule.goal({"goal_position": shown_m}, Pose(tool_m, DOWN))[0].position_m

    np.testing.assert_array_equal(aim_m(goal_m, start_m), start_m)
    np.testing.assert_array_equal(aim_m(gate_m, start_m), gate_m)
    np.testing.assert_array_equal(aim_m(gate_m, gate_m), goal_m)
    np.testing.assert_array_equal(aim_m(gate_m, start_m), goal_m)
