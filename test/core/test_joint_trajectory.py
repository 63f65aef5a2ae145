"""Joint trajectories: interpolation against solved boundary conditions, and hand-over without a step."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from midp_ros.core.joint_trajectory import JointTrajectory, central_velocities

TIMES = np.array([0.0, 0.3, 1.0, 1.1])
POSITION, VELOCITY, ACCELERATION = np.random.default_rng(0).normal(size=(3, 4, 2))


def polynomial(duration, start, end):
    """The one whose derivatives at both ends are the given ones, by solving for its coefficients."""
    size = 2 * len(start)
    rows = [
        [Polynomial.basis(j).deriv(order)(x) for j in range(size)]
        for x in (0.0, duration)
        for order in range(len(start))
    ]
    return Polynomial(np.linalg.solve(rows, [*start, *end]))


def truth(degrees, time_s, joint):
    """Position, velocity, acceleration; `degrees` says how much every segment's ends have in common, 1 to 3."""
    i = min(np.searchsorted(TIMES, time_s, side="right") - 1, 2)
    ends = [[x[k, joint] for x in (POSITION, VELOCITY, ACCELERATION)][: degrees[i]] for k in (i, i + 1)]
    p = polynomial(TIMES[i + 1] - TIMES[i], *ends)
    return [p.deriv(order)(time_s - TIMES[i]) for order in range(3)]


def without(values, point):
    values = values.copy()
    values[point] = np.nan
    return values


@pytest.mark.parametrize(
    "carried, degrees",
    [
        ((), (1, 1, 1)),
        ((VELOCITY,), (2, 2, 2)),
        ((VELOCITY, ACCELERATION), (3, 3, 3)),
        ((without(VELOCITY, 3),), (2, 2, 1)),
        ((without(VELOCITY, 3), without(ACCELERATION, [1, 3])), (2, 2, 1)),
        ((VELOCITY, without(ACCELERATION, 0)), (2, 3, 3)),
    ],
)
def test_interpolates_by_what_both_ends_carry(carried, degrees):
    trajectory = JointTrajectory(TIMES, POSITION, *carried)
    fine = np.linspace(0.0, 1.1, 45, endpoint=False)
    sampled = np.stack(trajectory.sample_with_acceleration(fine))  # (3, times, joints)
    wanted = np.array([[truth(degrees, t, joint) for joint in range(2)] for t in fine]).transpose(2, 0, 1)
    np.testing.assert_allclose(sampled, wanted, rtol=1e-9, atol=1e-8)
    np.testing.assert_array_equal(trajectory.sample(fine), sampled[:2])


def test_one_time_gives_the_same_as_many():
    trajectory = JointTrajectory(TIMES, POSITION, VELOCITY)
    one, many = trajectory.sample_with_acceleration(0.7), trajectory.sample_with_acceleration(np.array([0.2, 0.7]))
    np.testing.assert_allclose(one, [x[1] for x in many], rtol=1e-12)


def test_a_cubic_is_reproduced():
    def position(t):
        return np.stack([t**3 - t, 2 * t**2], axis=-1)

    def velocity(t):
        return np.stack([3 * t**2 - 1, 4 * t], axis=-1)

    t = np.array([0.0, 0.5, 1.5])
    fine = np.linspace(0, 1.5, 31)
    q, dq = JointTrajectory(t, position(t), velocity(t)).sample(fine)
    np.testing.assert_allclose(q, position(fine), atol=1e-12)
    np.testing.assert_allclose(dq, velocity(fine), atol=1e-12)


def test_the_last_point_is_reached_exactly():
    for carried in ((), (VELOCITY,), (VELOCITY, ACCELERATION)):
        state = JointTrajectory(TIMES, POSITION, *carried).sample_with_acceleration(TIMES[-1])
        np.testing.assert_array_equal(
            state, [POSITION[-1], *(x[-1] for x in carried), *np.zeros((2 - len(carried), 2))]
        )


def test_outside_its_points_it_holds():
    trajectory = JointTrajectory(TIMES, POSITION, VELOCITY, ACCELERATION)
    for time_s, point in ((-1.0, 0), (5.0, 3)):
        q, dq, ddq = trajectory.sample_with_acceleration(time_s)
        np.testing.assert_array_equal(q, POSITION[point])
        assert not dq.any() and not ddq.any()


def test_a_lone_point_holds():
    q, dq, ddq = JointTrajectory(np.array([2.5]), POSITION[:1], VELOCITY[:1]).sample_with_acceleration(np.arange(4.0))
    np.testing.assert_array_equal(q, np.tile(POSITION[0], (4, 1)))
    assert not dq.any() and not ddq.any()


def test_hand_over_continues_from_the_given_state():
    t = np.arange(4.0)
    trajectory = JointTrajectory(t, t[:, None] ** 2, 2 * t[:, None])
    later = trajectory.starting_from(1.5, np.array([7.0]), np.array([3.0]))
    assert later.time_s.tolist() == [1.5, 2.0, 3.0]
    q, dq = later.sample(1.5)
    assert q == 7.0 and dq == 3.0
    assert later.sample(3.0)[0] == 9.0


def test_hand_over_keeps_the_degree():
    quintic = JointTrajectory(TIMES, POSITION, VELOCITY, ACCELERATION)
    state = [np.ones(2), 2 * np.ones(2), 3 * np.ones(2)]
    np.testing.assert_allclose(quintic.starting_from(0.1, *state).sample_with_acceleration(0.1), state, rtol=1e-9)
    np.testing.assert_allclose(quintic.starting_from(0.1, *state[:2]).sample_with_acceleration(0.1)[2], 0, atol=1e-9)
    straight = JointTrajectory(TIMES, POSITION).starting_from(0.1, *state)
    np.testing.assert_allclose(straight.sample(0.2)[0], (1 + POSITION[1]) / 2, rtol=1e-9)


def test_a_trajectory_that_is_over_holds_where_the_arm_is():
    trajectory = JointTrajectory(np.array([0.0, 1.0]), np.array([[0.0], [1.0]]), np.zeros((2, 1)))
    held = trajectory.starting_from(2.0, np.array([0.9]), np.array([0.4]))
    assert held.sample(2.5)[0] == 0.9 and held.sample(2.5)[1] == 0.0


def test_velocities_are_central_differences():
    t = np.array([0.0, 0.1, 0.3, 0.4])
    q = (3 * t)[:, None]
    assert central_velocities(t, q, np.array([1.0]))[:, 0].tolist() == pytest.approx([1.0, 3.0, 3.0, 0.0])


@pytest.mark.parametrize(
    "arguments, words",
    [
        ((np.array([0.0, 0.0]), np.zeros((2, 1))), "times must increase"),
        ((np.array([0.0, 1.0]), np.zeros((3, 1))), "as many times as positions"),
        ((np.array([0.0, 1.0]), np.zeros((2, 1)), np.zeros((2, 1)), np.zeros((2, 2))), "as many accelerations"),
        ((np.array([0.0, 1.0]), np.array([[0.0], [np.nan]])), "positions must be finite"),
        ((np.array([0.0, 1.0]), np.zeros((2, 1)), np.empty((0, 0)), np.zeros((2, 1))), "without velocities"),
    ],
)
def test_what_is_no_trajectory_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        JointTrajectory(*arguments)
