"""Joint trajectories: interpolation against a polynomial, and hand-over without a step."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.chunk import ActionChunk, JointTrajectory, central_velocities


def test_a_cubic_is_reproduced():
    def position(t):
        return np.stack([t**3 - t, 2 * t**2], axis=-1)

    def velocity(t):
        return np.stack([3 * t**2 - 1, 4 * t], axis=-1)

    t = np.array([0.0, 0.5, 1.5])
    trajectory = JointTrajectory(t, position(t), velocity(t))
    fine = np.linspace(0, 1.5, 31)
    q, dq = trajectory.sample(fine)
    np.testing.assert_allclose(q, position(fine), atol=1e-12)
    np.testing.assert_allclose(dq, velocity(fine), atol=1e-12)
    single = trajectory.sample(0.7)
    np.testing.assert_allclose(single[0], position(np.array(0.7)), atol=1e-12)


def test_outside_its_points_it_holds():
    trajectory = JointTrajectory(np.array([1.0, 2.0]), np.array([[0.0], [1.0]]), np.array([[0.5], [0.5]]))
    for time_s, wanted in ((0.0, 0.0), (5.0, 1.0)):
        q, dq = trajectory.sample(time_s)
        assert q == wanted and dq == 0.0


def test_hand_over_continues_from_the_given_state():
    t = np.arange(4.0)
    trajectory = JointTrajectory(t, t[:, None] ** 2, 2 * t[:, None])
    later = trajectory.starting_from(1.5, np.array([7.0]), np.array([3.0]))
    assert later.time_s.tolist() == [1.5, 2.0, 3.0]
    q, dq = later.sample(1.5)
    assert q == 7.0 and dq == 3.0
    assert later.sample(3.0)[0] == 9.0


def test_a_trajectory_that_is_over_holds_where_the_arm_is():
    trajectory = JointTrajectory(np.array([0.0, 1.0]), np.array([[0.0], [1.0]]), np.zeros((2, 1)))
    held = trajectory.starting_from(2.0, np.array([0.9]), np.array([0.4]))
    assert held.sample(2.5)[0] == 0.9 and held.sample(2.5)[1] == 0.0


def test_velocities_are_central_differences():
    t = np.array([0.0, 0.1, 0.3, 0.4])
    q = (3 * t)[:, None]
    assert central_velocities(t, q, np.array([1.0]))[:, 0].tolist() == pytest.approx([1.0, 3.0, 3.0, 0.0])


def test_times_must_increase():
    with pytest.raises(ValueError, match="times must increase"):
        JointTrajectory(np.array([0.0, 0.0]), np.zeros((2, 1)), np.zeros((2, 1)))


def test_a_slice_keeps_its_times():
    chunk = ActionChunk(np.arange(8.0)[:, None], time_s=3.0, step_s=0.1)
    part = chunk.slice(2, 5)
    assert len(part) == 3 and part.time_s == pytest.approx(3.2) and part.actions[0] == 2.0
