"""Joint tracking: it reaches what is commanded, within the limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.errors import ContractError
from midp_ros.kinematics import ArmModel, JointTracker, ToolTracker, commanded_tool_m, tracker_of

REACH = Contract.load("reach")
JOINTS = replace(REACH, action=(Entry("joint_position", 7, "rad", sink="arm"),))
MODEL = ArmModel("fr3")
READY_RAD = MODEL.profile.ready_rad


def test_each_action_is_reached_one_step_later():
    targets = READY_RAD + np.outer(np.arange(1, 6), np.full(7, 0.01))
    trajectory = JointTracker(MODEL, JOINTS).trajectory(ActionChunk(targets, 2.0, 0.1), READY_RAD, np.zeros(7))
    np.testing.assert_allclose(trajectory.time_s, 2.0 + 0.1 * np.arange(6))
    np.testing.assert_allclose(trajectory.position_rad, np.vstack([READY_RAD, targets]))


def test_what_is_too_far_or_beyond_a_limit_is_approached_as_fast_as_allowed():
    targets = np.tile(MODEL.profile.position_max_rad + 1.0, (200, 1))
    tracker = JointTracker(MODEL, JOINTS, velocity_fraction=0.5)
    q = tracker.trajectory(ActionChunk(targets, 0.0, 0.1), READY_RAD, np.zeros(7)).position_rad
    speed = np.diff(q, axis=0) / 0.1
    assert (speed <= 0.5 * MODEL.profile.velocity_max_rad_s + 1e-9).all()
    assert (q <= MODEL.profile.position_max_rad).all()
    assert speed[0] == pytest.approx(0.5 * MODEL.profile.velocity_range(READY_RAD)[1])


def test_the_contract_says_which_tracker_it_needs():
    assert isinstance(tracker_of(MODEL, REACH), ToolTracker) and isinstance(tracker_of(MODEL, JOINTS), JointTracker)
    six = replace(REACH, action=(Entry("joint_position", 6, "rad", sink="arm"),))
    with pytest.raises(ContractError, match="action 'joint_position': size 6, but robot 'fr3' has 7 joints"):
        tracker_of(MODEL, six)


def test_where_an_action_sends_the_tool():
    np.testing.assert_allclose(commanded_tool_m(MODEL, JOINTS, READY_RAD), MODEL.forward(READY_RAD).position_m)
    action = np.arange(float(REACH.action_size))
    np.testing.assert_array_equal(commanded_tool_m(MODEL, REACH, action), action[REACH.action_slices["tool_position"]])
