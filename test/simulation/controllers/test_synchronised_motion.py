"""A motion from rest to rest: its ends, its limits, and its derivatives against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.simulation.controllers import SynchronisedMotion

VELOCITY, ACCELERATION = np.array([0.4, 0.4, 0.5]), np.array([1.0, 1.0, 2.0])


@pytest.mark.parametrize("goal", [(0.9, -0.3, 0.0), (0.02, 0.001, -0.03), (2.0, 2.0, -2.0)])
def test_joints_leave_and_arrive_together_within_their_limits(goal):
    start, goal = np.array([0.1, 0.2, -0.3]), np.array([0.1, 0.2, -0.3]) + goal
    motion = SynchronisedMotion(start, goal, VELOCITY, ACCELERATION)
    step_s = 1e-4
    t = np.arange(0.0, motion.duration_s, step_s)
    q, dq, ddq = motion.sample(t)
    np.testing.assert_allclose(np.gradient(q, step_s, axis=0)[1:-1], dq[1:-1], atol=1e-5)
    np.testing.assert_allclose(np.gradient(dq, step_s, axis=0)[1:-1], ddq[1:-1], atol=5e-2)
    assert (np.abs(dq) <= VELOCITY + 1e-9).all() and (np.abs(ddq) <= ACCELERATION + 1e-9).all()
    assert (np.abs(dq / VELOCITY).max() > 0.999) or (np.abs(ddq / ACCELERATION).max() > 0.999)
    for time_s, wanted in ((-1.0, start), (0.0, start), (motion.duration_s, goal), (motion.duration_s + 1, goal)):
        q, dq, ddq = motion.sample(time_s)
        np.testing.assert_allclose(q, wanted, atol=1e-9)
        np.testing.assert_allclose([dq, ddq], 0, atol=1e-6)
    halfway = motion.sample(motion.duration_s / 2)[0]
    np.testing.assert_allclose(halfway, (start + goal) / 2, atol=1e-9)


def test_the_duration_is_the_slowest_joints():
    # 1 rad at 0.4 rad/s, and half of each ramp of 1.5 v / a on top.
    motion = SynchronisedMotion(np.zeros(3), np.array([1.0, 0.5, 0.1]), VELOCITY, ACCELERATION)
    assert motion.duration_s == pytest.approx(1.0 / 0.4 + 1.5 * 0.4)


def test_no_way_takes_no_time():
    assert SynchronisedMotion(np.ones(3), np.ones(3) + 1e-9, VELOCITY, ACCELERATION).duration_s == 0.0
