"""Reflexes, recovery, the user stop and guiding on the stand-in, as a client sees them."""

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from rclpy.parameter import Parameter

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, InverseKinematics, RobotProfile
from midp_ros.simulation.arm import robot as arm_robot

IDLE, MOVE, GUIDING, REFLEX, USER_STOPPED, RECOVERING = range(1, 7)
WAY_RAD = np.array([0.1, -0.05, 0.0, 0.05, 0.0, 0.05, -0.1])


def errors(flags):
    return {name for name in flags.get_fields_and_field_types() if getattr(flags, name)}


def trip(robot):
    """A step, which the position interface does not forgive."""
    robot.trajectories.publish(robot.trajectory(robot.position_rad + 0.1, duration_s=0.002))
    assert robot.comes_to(lambda state: state.robot_mode == REFLEX)


def test_a_reflex_aborts_the_goal_with_its_reason_and_only_recovery_brings_the_arm_back(stand_in):
    robot = stand_in(interface="position")
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + 0.5 * WAY_RAD, start + WAY_RAD, duration_s=0.004))
    status, result = goal.end()
    assert status == GoalStatus.STATUS_ABORTED and result.error_code == -1
    assert "fr3_joint" in result.error_string and "limit" in result.error_string
    state = robot.state
    assert state.robot_mode == REFLEX and state.control_command_success_rate == 0.0
    tripped = errors(state.current_errors)
    assert "joint_motion_generator_velocity_discontinuity" in tripped
    assert tripped == errors(state.last_motion_errors)

    held = robot.position_rad
    assert not robot.follow(robot.trajectory(start)).accepted
    robot.trajectories.publish(robot.trajectory(held + WAY_RAD))
    robot.stream(held + WAY_RAD)
    robot.graph.spin_for(0.3)
    np.testing.assert_allclose(robot.position_rad, held, atol=2e-3)

    recovery = robot.recover()
    assert robot.comes_to(lambda s: s.robot_mode == RECOVERING)
    assert recovery.end()[0] == GoalStatus.STATUS_SUCCEEDED
    state = robot.state
    assert state.robot_mode == MOVE and errors(state.current_errors) == set()
    assert errors(state.last_motion_errors) == tripped, "recovery leaves what was"
    goal_rad, way = robot.gentle_trajectory(WAY_RAD)
    assert robot.follow(way).end()[0] == GoalStatus.STATUS_SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, goal_rad, atol=5e-3)


def test_recovery_needs_an_error_and_a_second_goal_shares_the_recovery(stand_in):
    robot = stand_in(interface="position")
    assert robot.recover().end()[0] == GoalStatus.STATUS_ABORTED, "not in MOVE"
    trip(robot)
    both = robot.recover(), robot.recover()
    assert [goal.end()[0] for goal in both] == [GoalStatus.STATUS_SUCCEEDED] * 2


def test_a_recovery_that_the_user_stop_cuts_short_has_not_succeeded(stand_in, monkeypatch):
    monkeypatch.setattr(arm_robot, "RECOVERY_S", 10.0)  # else it may be over before a busy machine goes on
    robot = stand_in(interface="position")
    trip(robot)
    recovery = robot.recover()
    assert robot.switch("user_stop", True).success
    assert recovery.end()[0] == GoalStatus.STATUS_ABORTED
    assert robot.mode == USER_STOPPED


def test_without_reactivation_somebody_has_to_activate_the_controller_after_recovery(stand_in):
    robot = stand_in(interface="position", reactivate=False)
    trip(robot)
    robot.recover().end()
    assert robot.mode == IDLE
    assert not robot.follow(robot.trajectory(robot.position_rad)).accepted
    robot.node.set_parameters([Parameter("controller", value="trajectory")])
    assert robot.comes_to(lambda s: s.robot_mode == MOVE)
    assert robot.follow(robot.gentle_trajectory(WAY_RAD)[1]).accepted


def test_a_collision_is_a_reflex_and_a_light_touch_a_contact(stand_in):
    robot = stand_in()
    robot.push(0, 0, 33)
    assert robot.comes_to(lambda s: s.collision_indicators.is_cartesian_linear_contact.z == 1.0)
    state = robot.state
    assert state.robot_mode == MOVE and state.collision_indicators.is_cartesian_linear_collision.z == 0.0
    assert robot.comes_to(lambda s: abs(s.o_f_ext_hat_k.wrench.force.z + 33) < 2), "as libfranka has it"
    robot.push(0, 0, 60)
    assert robot.comes_to(lambda s: s.robot_mode == REFLEX)
    state = robot.state
    assert "cartesian_reflex" in errors(state.current_errors)
    assert state.collision_indicators.is_cartesian_linear_collision.z == 1.0
    robot.push()
    assert robot.recover().end()[0] == GoalStatus.STATUS_SUCCEEDED
    state = robot.state
    assert state.robot_mode == MOVE and state.collision_indicators.is_cartesian_linear_collision.z == 0.0


def test_the_user_stop_ends_the_goal_and_released_the_arm_moves_again(stand_in):
    robot = stand_in()
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + 5 * WAY_RAD, duration_s=4.0))
    robot.graph.spin_for(0.5)
    assert robot.switch("user_stop", True).success
    status, result = goal.end()
    assert status == GoalStatus.STATUS_ABORTED and "user stop" in result.error_string
    assert robot.comes_to(lambda s: max(map(abs, s.measured_joint_state.velocity)) < 0.01)
    state = robot.state
    assert state.robot_mode == USER_STOPPED and errors(state.current_errors) == set()
    assert not robot.follow(robot.trajectory(start)).accepted
    assert robot.switch("user_stop", False).success
    assert robot.comes_to(lambda s: s.robot_mode == MOVE)
    assert robot.follow(robot.trajectory(start)).end()[0] == GoalStatus.STATUS_SUCCEEDED


def test_guiding_lets_a_person_drag_the_arm(stand_in):
    robot = stand_in()
    refused = robot.switch("guiding", True)
    assert not refused.success and "MOVE" in refused.message
    assert robot.switch("guiding", False).success, "it is not guided: nothing changes"
    robot.switch("user_stop", True)
    assert robot.switch("guiding", True).success
    before = robot.state
    assert before.robot_mode == GUIDING
    robot.push(0, 12, 0)
    from_m = before.o_t_ee.pose.position.y
    assert robot.comes_to(lambda s: s.o_t_ee.pose.position.y - from_m > 0.05)
    robot.push()
    assert robot.comes_to(lambda s: max(map(abs, s.measured_joint_state.velocity)) < 0.02)
    assert robot.switch("guiding", False).success
    assert robot.mode == USER_STOPPED
    left = robot.position_rad
    robot.push(0, -30, 0)
    robot.graph.spin_for(0.3)
    np.testing.assert_allclose(robot.position_rad, left, atol=2e-3, err_msg="the brakes hold")
    robot.push()
    robot.switch("user_stop", False)
    status, _ = robot.follow(robot.trajectory(left + WAY_RAD)).end()
    assert status == GoalStatus.STATUS_SUCCEEDED


def test_the_switch_of_guiding_leaves_a_running_goal_alone(stand_in):
    robot = stand_in()
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + WAY_RAD))
    robot.switch("guiding", False)
    robot.switch("user_stop", False)
    assert goal.end()[0] == GoalStatus.STATUS_SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, start + WAY_RAD, atol=5e-3)


def test_pressing_on_the_table_shows_in_the_wrench(stand_in):
    robot = stand_in()
    model = ArmModel(RobotProfile.load("fr3"))
    inverse = InverseKinematics(model, max_attempts=1, iterations=40)
    down = np.diag([1.0, -1.0, -1.0])
    above, below = (inverse.solve(Pose(np.array([0.45, 0.2, z]), down)).position_rad for z in (0.03, 0.006))
    # The fingers' tips reach 9 mm beyond the tool frame (hand.urdf), so 3 mm of the way are pressing.
    assert robot.follow(robot.trajectory(above, below, duration_s=1.2)).accepted
    assert robot.comes_to(lambda s: s.o_f_ext_hat_k.wrench.force.z < -5.0), "it presses downwards"
    assert robot.mode == MOVE
    up = robot.follow(robot.trajectory(above))
    assert up.end()[0] == GoalStatus.STATUS_SUCCEEDED
    assert robot.comes_to(lambda s: abs(s.o_f_ext_hat_k.wrench.force.z) < 1.0)


@pytest.mark.parametrize("force_n", [np.nan, np.inf, 1e300])
def test_pushes_that_nobody_can_push_do_no_lasting_harm(stand_in, force_n):
    robot = stand_in()
    robot.push(force_n, 0, 0)
    robot.graph.spin_for(0.2)
    robot.push()
    state = robot.state
    assert np.isfinite(state.measured_joint_state.position).all() and np.isfinite(state.o_f_ext_hat_k.wrench.force.x)
