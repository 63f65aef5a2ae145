"""The trajectory controller: what it takes, from where it goes, when goals end, and how."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation.controllers import GoalCode, JointTrajectoryController, Tolerances
from midp_ros.simulation.controllers.joint_trajectory_controller import STEP

HOME = np.linspace(-0.3, 0.3, 7)
ZERO, ONES = np.zeros(7), np.ones(7)
DEFAULT = Tolerances.default(7)


def tolerances(path_rad=0.0, goal_rad=0.0, goal_time_s=0.0):
    return Tolerances(np.tile([path_rad, 0.0], (7, 1)), np.tile([goal_rad, 0.01], (7, 1)), goal_time_s)


def trajectory(*times_s, velocity_rad_s=0.0, **others):
    """Through HOME + 0, 1, 2 ... rad at the times, with velocities that end at zero."""
    velocity = np.full((len(times_s), 7), velocity_rad_s)
    velocity[-1] = 0.0
    return JointTrajectory(np.array(times_s), HOME + np.arange(len(times_s))[:, None], velocity, **others)


def controller(**options):
    c = JointTrajectoryController(DEFAULT, **options)
    c.activate(0.0, HOME)
    return c


def run(c, times_s, off_rad=0.0):
    """Checks an arm that follows perfectly but for an offset; returns the time and outcome of the first end."""
    for time_s in times_s:
        q, dq, _ = (x[0] for x in c.sample(np.array([time_s])))
        outcome = c.check(time_s, q + off_rad, dq)
        if outcome is not None:
            return time_s, outcome
    return None


def test_holds_after_activation():
    q, dq, ddq = controller().sample(0.001 * np.arange(1, 11))
    np.testing.assert_array_equal(q, np.tile(HOME, (10, 1)))
    assert q.shape == dq.shape == ddq.shape == (10, 7) and not dq.any() and not ddq.any()


def test_inactive_it_takes_nothing():
    c = JointTrajectoryController(DEFAULT)
    with pytest.raises(CommandError, match="not active"):
        c.accept(trajectory(1.0), 0.0, HOME, ZERO)


@pytest.mark.parametrize(
    "bad, words",
    [
        (trajectory(0.2, 0.9), "ended 0.100 s ago"),
        (JointTrajectory(np.array([2.0]), HOME[None], np.eye(7)[2:3] * 1e-3), "moves joint 3"),
        (JointTrajectory(np.array([2.0]), np.zeros((1, 6))), "is for 6 joints; the arm has 7"),
    ],
)
def test_what_the_real_one_refuses_is_refused_and_changes_nothing(bad, words):
    c = controller()
    c.accept(trajectory(0.0, 3.0), 0.0, HOME, ZERO, goal=DEFAULT)
    before = c.sample(np.array([1.5]))[0]
    with pytest.raises(CommandError, match=words):
        c.accept(bad, 1.0, HOME, ZERO, goal=DEFAULT)
    np.testing.assert_array_equal(c.sample(np.array([1.5]))[0], before)
    assert c.has_goal


def test_a_lone_point_for_now_is_taken():
    c = controller()
    c.accept(JointTrajectory(np.array([1.0]), HOME[None] + 0.1), 1.0003, HOME, ZERO)
    np.testing.assert_allclose(c.sample(np.array([1.001]))[0][0], HOME + 0.1)


@pytest.mark.parametrize("from_desired", [False, True])
def test_runs_to_its_first_point_from_the_measured_state_or_the_desired_one(from_desired):
    """The real controller dates the desired state one update too early: a step by the velocity times one update."""
    c = controller(interpolate_from_desired_state=from_desired)
    c.accept(trajectory(0.0, 2.0), 0.0, HOME, ZERO)
    desired = [x[0] for x in c.sample(np.array([1.0]))]
    measured = [HOME + 0.4, 0.2 * ONES]
    late = trajectory(1.5, 2.5, velocity_rad_s=0.3)
    c.accept(late, 1.0, *measured)
    start = desired[:2] if from_desired else measured
    began_s = 0.999 if from_desired else 1.0
    at_once, between, first = (c.sample(np.array([t])) for t in (began_s, began_s + 0.2, 1.5))
    for i in range(2):
        np.testing.assert_allclose(at_once[i][0], start[i], atol=1e-12)
    np.testing.assert_allclose([first[0][0], first[1][0]], [HOME, 0.3 * ONES], atol=1e-12)
    rows = [[Polynomial.basis(j).deriv(k)(x) for j in range(4)] for x in (0.0, 1.5 - began_s) for k in range(2)]
    cubics = np.linalg.solve(rows, [start[0], start[1], HOME, 0.3 * ONES])
    np.testing.assert_allclose(between[0][0], 0.2 ** np.arange(4) @ cubics, atol=1e-12)


def test_without_velocities_it_runs_to_the_first_point_in_a_straight_line():
    c = controller()
    c.accept(JointTrajectory(np.array([1.0]), HOME[None] + 1), 0.0, HOME, 0.7 * ONES)
    np.testing.assert_allclose(c.sample(np.array([0.25]))[0][0], HOME + 0.25)


def test_a_stamp_in_the_past_joins_the_trajectory_where_it_is_by_now():
    c = controller()
    past = trajectory(0.0, 1.0, 3.0, velocity_rad_s=0.5)
    c.accept(past, 2.0, HOME + 5, ONES)
    np.testing.assert_array_equal(c.sample(np.array([2.0, 2.5]))[0], past.sample(np.array([2.0, 2.5]))[0])


def test_the_end_is_held():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO)
    q, dq, ddq = c.sample(np.array([5.0]))
    np.testing.assert_allclose(q[0], HOME + 1)
    assert not dq.any() and not ddq.any()


def test_a_goal_succeeds_at_its_end():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=tolerances(0.1, 0.05))
    time_s, outcome = run(c, np.arange(0.0, 2.0, 0.01), off_rad=0.02)
    assert outcome.code is GoalCode.SUCCESSFUL and time_s == pytest.approx(1.0, abs=0.011)
    assert not c.has_goal and run(c, np.arange(2.0, 3.0, 0.01), off_rad=9.0) is None
    np.testing.assert_allclose(c.sample(np.array([3.0]))[0][0], HOME + 1)


def test_leaving_the_path_aborts_and_holds_where_the_arm_is():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=tolerances(path_rad=0.1))
    assert run(c, [0.1, 0.2], off_rad=0.09) is None
    time_s, outcome = run(c, [0.3], off_rad=np.array([0, 0, 0.11, 0, 0, 0, 0]))
    assert (outcome.code, outcome.text) == (-4, "Aborted due to path tolerance violation")
    wanted = trajectory(0.0, 1.0).sample(0.3)[0] + np.array([0, 0, 0.11, 0, 0, 0, 0])
    np.testing.assert_allclose(c.sample(np.array([0.31]))[0][0], wanted)
    assert not c.has_goal


@pytest.mark.parametrize("goal_time_s, wanted_s", [(0.5, 1.5), (0.0, None)])
def test_an_end_that_is_missed_aborts_after_the_goals_time_or_never(goal_time_s, wanted_s):
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=tolerances(goal_rad=0.01, goal_time_s=goal_time_s))
    end = run(c, np.arange(0.0, 10.0, 0.01), off_rad=0.02)
    if wanted_s is None:
        assert end is None and c.has_goal
        return
    assert end[1].code == -5 and end[0] == pytest.approx(wanted_s, abs=0.011)
    assert end[1].text == f"Aborted due to goal_time_tolerance exceeding by {end[0] - 1.0:.6f} seconds"
    np.testing.assert_allclose(c.sample(np.array([9.0]))[0][0], HOME + 1.02)


def test_a_goal_does_not_succeed_while_the_arm_still_moves():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=DEFAULT)
    assert c.check(1.2, HOME + 1, 0.02 * ONES) is None
    assert c.check(1.3, HOME + 1, 0.005 * ONES).code == 0


def test_a_new_goal_preempts_and_a_topic_message_does_not():
    c = controller()
    assert c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=tolerances(path_rad=0.1)) is None
    preempted = c.accept(trajectory(0.0, 2.0), 0.5, HOME, ZERO, goal=tolerances(path_rad=0.2))
    assert (preempted.code, preempted.text) == (-1, "Current goal preempted by new incoming action.")
    assert c.accept(trajectory(0.0, 3.0), 0.6, HOME, ZERO) is None
    assert c.has_goal and run(c, [1.0], off_rad=0.15) is None
    assert run(c, [2.9, 3.0])[1].code is GoalCode.SUCCESSFUL


def test_the_topic_is_held_to_the_last_goals_tolerances():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=tolerances(path_rad=0.1))
    assert run(c, [1.0])[1].code == 0
    c.accept(trajectory(1.0, 2.0), 1.0, HOME, ZERO)
    assert not c.has_goal and run(c, [1.5], off_rad=0.2)[1].code == -4


def test_a_first_check_after_the_end_still_minds_the_path():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.9, HOME, ZERO, goal=tolerances(path_rad=0.1))
    assert run(c, [1.2], off_rad=0.2)[1].code == -4


def test_cancel_holds_at_the_measured_position_and_only_with_a_goal():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO)
    c.cancel(0.5, HOME + 0.4)
    np.testing.assert_allclose(c.sample(np.array([1.0]))[0][0], HOME + 1)
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=DEFAULT)
    c.cancel(0.5, HOME + 0.4)
    np.testing.assert_allclose(c.sample(np.array([1.0]))[0][0], HOME + 0.4)
    assert not c.has_goal


def test_deactivation_ends_the_goal():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO, goal=DEFAULT)
    assert c.deactivate().code is GoalCode.INVALID_GOAL and c.deactivate() is None
    with pytest.raises(CommandError, match="not active"):
        c.sample(np.array([0.1]))


def test_feedback_is_desired_actual_and_their_difference():
    c = controller()
    c.accept(trajectory(0.0, 1.0), 0.0, HOME, ZERO)
    c.check(0.5, HOME, 0.1 * ONES)
    state = c.tracking
    np.testing.assert_allclose(state.desired_position_rad, HOME + 0.5)
    np.testing.assert_allclose(state.position_error_rad, 0.5)
    np.testing.assert_allclose(state.velocity_error_rad_s, 1.5 - 0.1)
    np.testing.assert_allclose(state.desired_acceleration_rad_s2, 0, atol=1e-12)


def swing(begin_s, way_rad):
    """To and fro from HOME, with accelerations."""
    u = np.linspace(0.0, 2 * np.pi, 41)[:, None] * ONES
    rest = np.zeros((1, 7))
    velocity, acceleration = way_rad * np.pi * np.sin(u), 2 * np.pi**2 * way_rad * np.cos(u)
    velocity[[0, -1]], acceleration[[0, -1]] = rest, rest
    return JointTrajectory(
        begin_s + np.linspace(0.0, 1.0, 41), HOME + way_rad / 2 * (1 - np.cos(u)), velocity, acceleration
    )


def test_a_step_that_is_taken_adds_little_to_the_motions_own_jerk():
    position_rad, velocity_rad_s, acceleration_rad_s2 = STEP
    added_rad_s3 = position_rad / 1e-9 + velocity_rad_s / 1e-6 + acceleration_rad_s2 / 1e-3
    assert added_rad_s3 < 0.03 * RobotProfile.load("fr3").jerk_max_rad_s3.min()


def test_one_that_refuses_steps_takes_what_continues_the_running_motion_and_nothing_else():
    c = controller(refuse_steps=True)
    running = swing(1.0, 0.1)
    c.accept(running, 1.0, HOME, ZERO)  # from rest
    where = c.sample(np.array([1.3]))
    with pytest.raises(CommandError, match=r"would be a step of 0\.\d+ rad"):
        c.accept(swing(1.0, 0.12), 1.3, where[0][0], where[1][0])
    with pytest.raises(CommandError, match="would be a step"):
        c.accept(swing(1.3, 0.1), 1.3, where[0][0], where[1][0])  # a copy that starts on arrival, once more
    with pytest.raises(CommandError, match="would be a step"):
        c.accept(swing(1.0, 0.10001), 1.3, where[0][0], where[1][0])  # 3 urad off, a jerk of some thousand rad/s^3
    assert c.running is running
    again = swing(1.0, 0.1)
    c.accept(again, 1.3, where[0][0], where[1][0])
    assert c.running is again
    c.accept(swing(1.0, 0.12), 1.3, where[0][0], where[1][0], goal=tolerances())  # an action goal, as ever
    assert c.running is not again
