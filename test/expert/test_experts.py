"""The experts succeed, recover from pushes, and vary."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.package_files import package_path
from midp_ros.core.pose import Pose, tool_down
from midp_ros.expert import SpeedLimits, ToolDisturbance, make_expert
from midp_ros.expert.motion import ToolMotion
from midp_ros.simulation import Simulation, rollout

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("task", ["pick", "reach"])
def test_19_of_20_episodes_succeed_half_of_them_disturbed(task):
    contract = Contract.load(package_path("config", "contracts", f"{task}.yaml"))
    simulation, expert = Simulation(task), make_expert(task, contract)
    disturbance = ToolDisturbance(contract)
    results = [rollout(simulation, expert, seed, disturbance=disturbance if seed % 2 else None) for seed in range(20)]
    failed = [r.seed for r in results if not r.success]
    assert len(failed) <= 1, f"failed seeds: {failed}"
    assert np.std([r.duration_s for r in results]) > 0.1, "starts and speeds should vary"


def test_the_tool_keeps_its_speed_and_arrives():
    limits, step_s = SpeedLimits(), 0.1
    motion = ToolMotion(limits, step_s)
    motion.restart(Pose(np.array([0.3, 0.0, 0.4]), tool_down(0.0)))
    goal = Pose(np.array([0.6, 0.2, 0.2]), tool_down(1.0))
    positions = [motion.pose.position_m] + [motion.advance(goal).position_m for _ in range(60)]
    speeds = np.linalg.norm(np.diff(positions, axis=0), axis=1) / step_s
    assert speeds.max() <= limits.linear_m_s * (1 + 1e-9)
    assert np.diff(speeds).max() <= 1.5 * limits.linear_m_s2 * step_s + 1e-9
    np.testing.assert_allclose(positions[-1], goal.position_m, atol=1e-3)
    np.testing.assert_allclose(motion.pose.rotation, goal.rotation, atol=1e-2)


def test_disturbances_are_bounded_repeatable_and_leave_the_rest_alone():
    from midp_ros.core.chunk import ActionChunk

    contract = Contract.load(package_path("config", "contracts", "pick.yaml"))
    chunk = ActionChunk(np.zeros((3, contract.action_size)), 0.0, 0.1)
    disturbance = ToolDisturbance(contract, position_m=0.015)

    def offsets(seed):
        disturbance.reset(seed)
        actions = np.array([disturbance.apply(chunk).actions for _ in range(100)])
        assert not actions[..., 3:].any(), "rotation and gripper stay"
        return actions[..., :3]

    largest_m = np.array([np.abs(offsets(seed)).max() for seed in range(60)])
    assert not chunk.actions.any(), "the expert's own actions are the labels and stay"
    assert largest_m.max() < 0.06
    assert 0.15 < (largest_m == 0).mean() < 0.5, "a third of the episodes stays undisturbed"
    assert np.median(largest_m[largest_m > 0]) > 0.005
    np.testing.assert_array_equal(offsets(3), offsets(3))


def test_the_tool_is_turned_too_where_that_is_asked_for():
    from midp_ros.core.chunk import ActionChunk
    from midp_ros.core.pose import angle_between, matrix_from_rotation6

    contract = Contract.load(package_path("config", "contracts", "pick.yaml"))
    actions, own = np.zeros((2, contract.action_size)), tool_down(0.4)
    actions[:, contract.action_slices["tool_rotation"]] = own[:, :2].T.ravel()
    chunk, turns_deg = ActionChunk(actions, 0.0, 0.1), []
    for seed in range(40):
        disturbance = ToolDisturbance(contract, 0.015, np.radians(10.0))
        disturbance.reset(seed)
        applied = [disturbance.apply(chunk).actions for _ in range(60)]
        rotations = [matrix_from_rotation6(a[contract.action_slices["tool_rotation"]]) for s in applied for a in s]
        turns_deg.append(max(np.degrees(angle_between(own, rotation)) for rotation in rotations))
        gripper = contract.action_slices["gripper_width"]
        assert not np.array(applied)[..., gripper].any(), "the gripper stays"
    turned_deg = [turn for turn in turns_deg if turn > 1e-5]
    assert 0.5 < len(turned_deg) / len(turns_deg) < 0.85, "a third of the episodes stays undisturbed"
    assert 3.0 < np.median(turned_deg) < 25.0 and max(turned_deg) < 60.0


def test_unknown_expert_lists_the_known_ones():
    contract = Contract.load(package_path("config", "contracts", "pick.yaml"))
    with pytest.raises(UnknownNameError, match="unknown expert 'juggle'; known: avoid, "):
        make_expert("juggle", contract)
