"""Tool tracking: it arrives, keeps the limits, and continues from the given state."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.errors import ContractError
from midp_ros.core.package_files import package_path
from midp_ros.core.pose import tool_down
from midp_ros.kinematics import ArmModel, ToolTracker

CONTRACT = Contract.load(package_path("config", "contracts", "reach.yaml"))
MODEL = ArmModel("fr3")


def chunk_to(position_m, steps=15):
    rotation = tool_down(0.0)
    start = MODEL.forward(MODEL.profile.ready_rad).position_m
    line = [start + (np.asarray(position_m) - start) * (k + 1) / steps for k in range(steps)]
    actions = np.array([np.concatenate([p, rotation[:, 0], rotation[:, 1]]) for p in line])
    return ActionChunk(actions, time_s=2.0, step_s=0.1)


def test_the_tool_follows_the_chunk():
    chunk = chunk_to([0.5, 0.2, 0.3])
    trajectory = ToolTracker(MODEL, CONTRACT).trajectory(chunk, MODEL.profile.ready_rad, np.zeros(7))
    np.testing.assert_allclose(trajectory.time_s, 2.0 + 0.1 * np.arange(16))
    np.testing.assert_array_equal(trajectory.position_rad[0], MODEL.profile.ready_rad)
    for k, q in enumerate(trajectory.position_rad[1:]):
        assert np.linalg.norm(MODEL.forward(q).position_m - chunk.actions[k, :3]) < 1e-3


def test_a_motion_is_worked_out_as_far_as_it_is_asked_for(monkeypatch):
    """What it gives does not depend on how far that is."""
    chunk, tracker = chunk_to([0.5, 0.2, 0.3]), ToolTracker(MODEL, CONTRACT)
    asked = []
    monkeypatch.setattr(tracker, "_follow", lambda *a: asked.append(a) or ToolTracker._follow(tracker, *a))
    start_rad, velocity_rad_s = MODEL.profile.ready_rad, np.full(7, 0.1)
    motion = tracker.motion(chunk, start_rad, velocity_rad_s)
    assert not asked
    early = motion.states(np.array([1.9, 2.0, 2.1, 2.27]))
    assert len(asked) == 4, "up to the point after 2.27, and one more for its velocity"
    whole = tracker.trajectory(chunk, start_rad, velocity_rad_s)
    np.testing.assert_array_equal(early, whole.states(np.array([1.9, 2.0, 2.1, 2.27])))
    times_s = np.linspace(1.8, 3.7, 97)
    np.testing.assert_array_equal(motion.states(times_s), whole.states(times_s))
    np.testing.assert_array_equal(motion.position_rad, whole.position_rad)


def test_a_jump_is_taken_no_faster_than_the_joints_may():
    far = chunk_to([0.4, -0.4, 0.2], steps=1)
    profile = MODEL.profile
    trajectory = ToolTracker(MODEL, CONTRACT, velocity_fraction=0.5).trajectory(far, profile.ready_rad, np.zeros(7))
    speed = np.abs(np.diff(trajectory.position_rad, axis=0)) / 0.1
    assert (speed <= 0.5 * profile.velocity_max_rad_s + 1e-9).all()
    assert speed.max() > 0.4 * profile.velocity_max_rad_s.min(), "it should move, though"


def test_an_action_without_a_tool_pose_is_refused():
    entry = Entry("tool_position", 3, "m")
    other = Contract("x", "fr3", 10.0, Horizon(2, 16, 8), (entry,), (Entry("joint_position", 7, "rad"),))
    with pytest.raises(ContractError, match="needs action 'tool_position'; the contract has \\['joint_position'\\]"):
        ToolTracker(MODEL, other)
