"""From one trajectory to the next."""

import numpy as np
import pytest

from midp_ros.control.shaping.trajectory_splice import TrajectorySplice, resting
from midp_ros.core.joint_trajectory import JointTrajectory

T = 0.01 * np.arange(101)
OLD = JointTrajectory(T, *(np.repeat(f[:, None], 7, axis=1) for f in (np.sin(T), np.cos(T), -np.sin(T))))


@pytest.mark.parametrize("now_s, lead_s, expected_s", [(0.303, 0.03, 0.34), (0.303, 0.0, 0.31), (0.3, 0.0, 0.3)])
def test_it_leaves_at_a_point_and_is_the_old_motion_until_then(now_s, lead_s, expected_s):
    over = TrajectorySplice.plan(OLD, now_s, lead_s)
    assert over.time_s == pytest.approx(expected_s)
    for ours, theirs in zip(over.state, (np.sin, np.cos, lambda t: -np.sin(t)), strict=True):
        np.testing.assert_allclose(ours, theirs(expected_s), atol=1e-9)
    whole = over.complete(JointTrajectory(np.array([over.time_s]), *(s[None] for s in over.state)))
    assert whole.time_s[0] <= now_s + 1e-9 and len(whole.time_s) < 7
    times_s = np.linspace(now_s, over.time_s, 20)
    for ours, theirs in zip(*(t.sample_with_acceleration(times_s) for t in (whole, OLD)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_after_its_end_the_arm_rests_until_the_next_one_begins():
    over = TrajectorySplice.plan(OLD, 7.0, 0.05)
    assert over.time_s == 7.05 and over.kept is not None
    np.testing.assert_array_equal(over.kept.time_s, [7.0])
    np.testing.assert_array_equal(over.state[0], OLD.position_rad[-1])
    assert not over.state[1].any() and not over.kept.velocity_rad_s.any()


def test_without_a_lead_nothing_is_kept():
    over = TrajectorySplice.plan(resting(2.0, np.ones(7)), 2.0, 0.0)
    assert over.time_s == 2.0 and over.kept is None
