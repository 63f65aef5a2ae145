"""FollowJointTrajectory on the stand-in, as MoveIt or any other client of a joint_trajectory_controller uses it."""

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from std_srvs.srv import Trigger

from midp_ros.nodes.ros import conversions as c

CANCELED, ABORTED, SUCCEEDED = GoalStatus.STATUS_CANCELED, GoalStatus.STATUS_ABORTED, GoalStatus.STATUS_SUCCEEDED
WAY_RAD = np.array([0.1, -0.05, 0.0, 0.05, 0.0, 0.05, -0.1])


@pytest.fixture
def robot(stand_in):
    return stand_in()


def test_a_goal_is_reached_and_fed_back_on_the_way(robot):
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + WAY_RAD, duration_s=1.0), goal_rad=0.01, goal_time_s=1.0)
    assert goal.accepted
    status, result = goal.end()
    assert (status, result.error_code) == (SUCCEEDED, 0) and "successfully" in result.error_string
    np.testing.assert_allclose(robot.position_rad, start + WAY_RAD, atol=5e-3)
    assert goal.feedback, "20 Hz for a second"
    for feedback in goal.feedback:
        assert list(feedback.joint_names) == robot.names
        desired, actual, error = (np.array(p.positions) for p in (feedback.desired, feedback.actual, feedback.error))
        np.testing.assert_allclose(error, desired - actual, atol=1e-12)
        assert len(feedback.actual.velocities) == 7 and np.abs(error).max() < 0.05
    moved = [feedback.desired.positions[0] for feedback in goal.feedback]
    assert moved == sorted(moved) and moved[-1] - moved[0] > 0.02


def test_a_tolerance_that_no_motion_keeps_violates_the_path(robot):
    start = robot.position_rad
    status, result = robot.follow(robot.trajectory(start + 3 * WAY_RAD), path_rad=1e-4).end()
    assert (status, result.error_code) == (ABORTED, -4) and "path tolerance" in result.error_string
    held = robot.position_rad
    assert np.abs(held - start - 3 * WAY_RAD).max() > 0.02, "it stayed behind"
    robot.graph.spin_for(0.5)
    assert np.abs(robot.state.measured_joint_state.velocity).max() < 0.02


def test_a_push_off_the_path_violates_it(robot):
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start, duration_s=5.0), path_rad=0.01)
    robot.graph.spin_for(0.2)
    assert not goal.over
    robot.push(0, 25, 0)
    status, result = goal.end()
    assert (status, result.error_code) == (ABORTED, -4)
    assert robot.state.robot_mode == 2, "no reflex: 25 N are less than a collision"


def test_an_end_that_is_not_reached_in_time_violates_the_goal(robot, monkeypatch):
    monkeypatch.setattr("midp_ros.nodes.stand_in.stand_in_controls.PUSH_S", 5.0)  # a busy machine may not keep it up
    start = robot.position_rad
    robot.push(0, 25, 0)
    assert robot.graph.spin_until(lambda: np.abs(robot.position_rad - start).max() > 0.01), "it is not pushed away"
    status, result = robot.follow(robot.trajectory(start), goal_rad=0.005, goal_time_s=0.2).end()
    assert (status, result.error_code) == (ABORTED, -5) and "goal_time_tolerance" in result.error_string


def test_a_new_goal_preempts_the_running_one(robot):
    start = robot.position_rad
    first = robot.follow(robot.trajectory(start + WAY_RAD, duration_s=5.0))
    second = robot.follow(robot.trajectory(start - WAY_RAD))
    status, result = first.end()
    assert status == ABORTED and result.error_code == -1 and "preempted" in result.error_string
    status, _ = second.end()
    assert status == SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, start - WAY_RAD, atol=5e-3)


def test_a_trajectory_from_the_topic_leaves_the_goal_alive_which_is_judged_by_it(robot):
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + WAY_RAD, duration_s=5.0))
    robot.trajectories.publish(robot.trajectory(start - WAY_RAD))
    status, result = goal.end(limit_s=4.0)
    assert (status, result.error_code) == (SUCCEEDED, 0)
    np.testing.assert_allclose(robot.position_rad, start - WAY_RAD, atol=5e-3)


def test_a_cancelled_goal_holds_the_arm(robot):
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + 5 * WAY_RAD, duration_s=3.0))
    robot.graph.spin_for(1.0)
    assert goal.cancel().goals_canceling
    status, _ = goal.end()
    assert status == CANCELED
    robot.graph.spin_for(0.3)
    held = robot.position_rad
    assert 0.02 < held[0] - start[0] < 0.45
    robot.graph.spin_for(0.3)
    np.testing.assert_allclose(robot.position_rad, held, atol=2e-3)
    assert robot.mode == 2


def spoil(**changes):
    def change(trajectory):
        for name, value in changes.items():
            setattr(trajectory, name, value(trajectory))

    return change


@pytest.mark.parametrize(
    "change",
    [
        spoil(joint_names=lambda t: t.joint_names[:6]),
        spoil(joint_names=lambda t: [*t.joint_names[:6], "fr3_joint1"]),
        spoil(joint_names=lambda t: [f"panda_joint{i}" for i in range(1, 8)]),
        spoil(points=lambda t: []),
        spoil(points=lambda t: t.points[::-1]),
        lambda t: setattr(t.points[0], "positions", [np.nan] * 7),
        lambda t: setattr(t.points[0], "positions", [0.0] * 6),
        lambda t: setattr(t.points[-1], "velocities", [0.1] * 7),
    ],
    ids=["partial", "twice", "another robot", "empty", "reversed", "nan", "six numbers", "moving end"],
)
def test_goals_that_no_controller_takes_are_rejected(robot, change):
    start = robot.position_rad
    trajectory = robot.trajectory(start + WAY_RAD, start + 2 * WAY_RAD)
    change(trajectory)
    assert not robot.follow(trajectory).accepted
    robot.trajectories.publish(trajectory)
    robot.graph.spin_for(0.3)
    np.testing.assert_allclose(robot.position_rad, start, atol=2e-3)


def test_joints_in_another_order_are_sorted_by_name(robot):
    start = robot.position_rad
    trajectory = robot.trajectory((start + WAY_RAD)[::-1])
    trajectory.joint_names = robot.names[::-1]
    assert robot.follow(trajectory).end()[0] == SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, start + WAY_RAD, atol=5e-3)


def test_a_stamp_in_the_past_joins_the_trajectory_as_it_is_now_and_one_that_is_over_is_rejected(robot):
    start = robot.position_rad
    points = [start + k * 0.1 * WAY_RAD for k in range(1, 11)]
    over = robot.trajectory(*points, duration_s=0.1, stamp_s=robot.now_s - 1.5)
    assert not robot.follow(over).accepted
    stamp_s = robot.now_s - 1.0
    goal = robot.follow(robot.trajectory(*points, duration_s=0.2, stamp_s=stamp_s))
    assert goal.end()[0] == SUCCEEDED
    ended_s = c.seconds_from_stamp(goal.feedback[-1].header.stamp) - stamp_s
    assert 1.5 < ended_s < 2.9, "after 2 s by its stamp; had it begun anew, after 3 s"
    np.testing.assert_allclose(robot.position_rad, points[-1], atol=5e-3)


def test_a_stamp_in_the_future_waits_on_the_way_to_the_first_point(robot):
    start, stamp_s = robot.position_rad, robot.now_s + 2.0
    goal = robot.follow(robot.trajectory(start + WAY_RAD, duration_s=0.2, stamp_s=stamp_s))
    assert goal.end()[0] == SUCCEEDED
    at_s = np.array([c.seconds_from_stamp(f.header.stamp) for f in goal.feedback]) - stamp_s
    moved_rad = np.array([f.desired.positions[0] for f in goal.feedback]) - start[0]
    early = at_s < -1.0
    assert early.any() and (moved_rad[early] < 0.6 * WAY_RAD[0]).all() and moved_rad[early].any()
    assert at_s[-1] > 0.0


@pytest.mark.parametrize("began_s", [-0.2, 0.0], ids=["started before the reset", "planned in its moment"])
def test_a_motion_of_the_episode_before_a_reset_is_not_followed(stand_in, began_s):
    robot = stand_in(interface="position")
    start = robot.position_rad
    elsewhere = start + 0.3
    stamp_s = robot.now_s + began_s
    assert robot.call(Trigger, "task/reset").success
    old = robot.trajectory(elsewhere, elsewhere, stamp_s=stamp_s if began_s else robot.now_s)
    old.points[0].time_from_start = c.duration_from_seconds(0.0)
    old.points[1].time_from_start = c.duration_from_seconds(2.0)
    robot.trajectories.publish(old)
    robot.graph.spin_for(0.3)
    assert robot.mode in (1, 2), "no reflex"
    np.testing.assert_allclose(robot.position_rad, start, atol=5e-3)
    goal, gentle = robot.gentle_trajectory(WAY_RAD)
    robot.trajectories.publish(gentle)
    assert robot.comes_to(lambda s: np.allclose(s.measured_joint_state.position, goal, atol=5e-3)), "it follows others"
