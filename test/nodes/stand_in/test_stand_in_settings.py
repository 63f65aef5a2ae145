"""/service_server/* and point-to-point motions on the stand-in, as a client sees them."""

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from franka_msgs import srv
from franka_msgs.msg import TargetStatus
from geometry_msgs.msg import PoseStamped
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_sensor_data

IDLE, MOVE, REFLEX = 1, 2, 4
SUCCEEDED, ABORTED, CANCELED = GoalStatus.STATUS_SUCCEEDED, GoalStatus.STATUS_ABORTED, GoalStatus.STATUS_CANCELED
EYE = np.eye(4).ravel().tolist()
# franka_example_controllers' thresholds.
BEHAVIOUR = {
    "lower_torque_thresholds_nominal": [25.0, 25.0, 22.0, 20.0, 19.0, 17.0, 14.0],
    "upper_torque_thresholds_nominal": [35.0, 35.0, 32.0, 30.0, 29.0, 27.0, 24.0],
    "lower_force_thresholds_nominal": [30.0, 30.0, 30.0, 25.0, 25.0, 25.0],
    "upper_force_thresholds_nominal": [40.0, 40.0, 40.0, 35.0, 35.0, 35.0],
}
SETTINGS = {
    "set_joint_stiffness": (srv.SetJointStiffness, {"joint_stiffness": [600.0] * 7}),
    "set_cartesian_stiffness": (srv.SetCartesianStiffness, {"cartesian_stiffness": [600.0] * 6}),
    "set_tcp_frame": (srv.SetTCPFrame, {"transformation": EYE}),
    "set_stiffness_frame": (srv.SetStiffnessFrame, {"transformation": EYE}),
    "set_load": (srv.SetLoad, {"mass": 0.5}),
    "set_force_torque_collision_behavior": (srv.SetForceTorqueCollisionBehavior, BEHAVIOUR),
    "set_full_collision_behavior": (
        srv.SetFullCollisionBehavior,
        {**BEHAVIOUR, **{key.replace("nominal", "acceleration"): value for key, value in BEHAVIOUR.items()}},
    ),
}


def setting(robot, name, **fields):
    kind, usual = SETTINGS[name]
    return robot.call(kind, f"service_server/{name}", **(fields or usual))


def switch(robot, controller):
    (result,) = robot.node.set_parameters([Parameter("controller", value=controller)])
    return result


def test_every_setting_is_refused_while_a_controller_is_active_and_taken_without_one(stand_in):
    robot = stand_in()
    for name in SETTINGS:
        answer = setting(robot, name)
        assert not answer.success and "rejected" in answer.error and "Move" in answer.error, name
    assert switch(robot, "none").successful
    assert robot.mode == IDLE
    for name in SETTINGS:
        answer = setting(robot, name)
        assert answer.success and answer.error == "", (name, answer.error)


def test_a_load_that_is_told_but_not_there_shows_as_an_external_force(stand_in):
    robot = stand_in(controller="none")
    assert abs(robot.state.o_f_ext_hat_k.wrench.force.z) < 1.0
    inertia = np.array([[0.01, 0.001, 0.002], [0.0, 0.02, 0.003], [0.0, 0.0, 0.03]])
    inertia = inertia + np.triu(inertia, 1).T
    answer = setting(
        robot, "set_load", mass=1.0, center_of_mass=[0.0, 0.01, 0.05], load_inertia=inertia.ravel(order="F").tolist()
    )
    assert answer.success
    # As if somebody bore the load; libfranka: positive is what the robot does to others.
    assert robot.comes_to(lambda s: abs(s.o_f_ext_hat_k.wrench.force.z + 9.81) < 1.0)
    load = robot.state.inertia_load.inertia
    assert (load.m, load.com.y, load.com.z) == (1.0, 0.01, 0.05)
    assert (load.ixx, load.ixy, load.ixz, load.iyz) == pytest.approx((0.01, 0.001, 0.002, 0.003))


def test_the_tcp_frame_moves_current_pose(graph, stand_in):
    robot = stand_in(controller="none")
    poses = graph.heard(
        graph.probe, PoseStamped, "/franka_robot_state_broadcaster/current_pose", qos_profile_sensor_data
    )

    def pose():
        poses.clear()
        assert graph.spin_until(lambda: len(poses) > 2)
        p, q = poses[-1].pose.position, poses[-1].pose.orientation
        axis = np.array([2 * (q.x * q.z + q.w * q.y), 2 * (q.y * q.z - q.w * q.x), 1 - 2 * (q.x**2 + q.y**2)])
        return np.array([p.x, p.y, p.z]), axis

    before_m, axis = pose()
    frame = np.eye(4)
    frame[2, 3] = 0.1
    assert setting(robot, "set_tcp_frame", transformation=frame.ravel(order="F").tolist()).success
    np.testing.assert_allclose(pose()[0], before_m + 0.1 * axis, atol=1e-3)


def test_thresholds_decide_when_a_push_is_a_collision(stand_in):
    robot = stand_in(controller="none")
    lower = {**BEHAVIOUR, "upper_force_thresholds_nominal": [10.0] * 6, "lower_force_thresholds_nominal": [5.0] * 6}
    assert setting(robot, "set_force_torque_collision_behavior", **lower).success
    assert switch(robot, "trajectory").successful
    robot.push(0, 20, 0)
    assert robot.comes_to(lambda s: s.robot_mode == REFLEX and s.current_errors.cartesian_reflex)


@pytest.mark.parametrize(
    "name, fields",
    [
        ("set_joint_stiffness", {"joint_stiffness": [np.nan] * 7}),
        ("set_load", {"mass": -1.0}),
        ("set_load", {"mass": 1e300}),
        ("set_load", {"mass": 1.0, "center_of_mass": [1e300, 0.0, 0.0]}),
        ("set_load", {"mass": 1.0, "load_inertia": [1e300] * 9}),
        ("set_load", {"mass": 1.0, "load_inertia": (-np.eye(3)).ravel().tolist()}),
        ("set_tcp_frame", {"transformation": [0.0] * 16}),
        ("set_tcp_frame", {"transformation": [*EYE[:12], 1e300, 0.0, 0.0, 1.0]}),
        ("set_tcp_frame", {"transformation": [1e200] * 16}),
        ("set_stiffness_frame", {"transformation": [np.nan] * 16}),
        ("set_stiffness_frame", {"transformation": [*EYE[:12], 0.0, 1e300, 0.0, 1.0]}),
        ("set_force_torque_collision_behavior", {**BEHAVIOUR, "upper_force_thresholds_nominal": [1.0] * 6}),
    ],
)
def test_settings_that_no_robot_takes_are_answered_with_an_error_and_change_nothing(stand_in, name, fields):
    robot = stand_in(controller="none")
    answer = setting(robot, name, **fields)
    assert not answer.success and answer.error
    state = robot.state
    assert state.robot_mode == IDLE
    assert state.inertia_load.inertia.m == 0.0 and abs(state.o_f_ext_hat_k.wrench.force.z) < 1.0


def test_a_point_to_point_motion_arrives_with_feedback_and_is_refused_while_a_controller_is_active(stand_in):
    robot = stand_in()
    goal_rad = robot.position_rad + np.array([0.2, 0.1, -0.1, 0.1, 0.1, -0.1, 0.2])
    status, result = robot.move_to(goal_rad).end()
    assert status == ABORTED and result.target_status.status == TargetStatus.ABORTED
    assert "MOVE" in result.error_message
    switch(robot, "none")
    goal = robot.move_to(goal_rad)
    status, result = goal.end()
    assert status == SUCCEEDED and result.target_status.status == TargetStatus.TARGET_REACHED
    assert {feedback.target_status.status for feedback in goal.feedback} == {TargetStatus.EXECUTING}
    np.testing.assert_allclose(robot.position_rad, goal_rad, atol=2e-3)
    assert robot.mode == IDLE


def test_a_second_motion_is_refused_and_the_first_arrives(stand_in):
    robot = stand_in(controller="none")
    start = robot.position_rad
    first, second = robot.move_to(start + 0.1), robot.move_to(start - 0.1)
    status, result = second.end()
    assert status == ABORTED and "MOVE" in result.error_message
    assert first.end()[0] == SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, start + 0.1, atol=2e-3)


def test_a_cancelled_motion_stops(stand_in):
    robot = stand_in(controller="none")
    start = robot.position_rad
    goal = robot.move_to(start + 0.5, speed_rad_s=0.2)
    robot.graph.spin_for(0.5)
    goal.cancel()
    assert goal.end()[0] == CANCELED
    assert robot.comes_to(lambda s: max(map(abs, s.measured_joint_state.velocity)) < 0.01)
    assert robot.mode == IDLE and (robot.position_rad - start < 0.49).all()


@pytest.mark.parametrize(
    "goal, speed",
    [([0.0] * 6, 0.5), ([np.nan] * 7, 0.5), ([9.0] * 7, 0.5), (None, 0.0), (None, 1e-9), (None, np.inf)],
    ids=["six joints", "nan", "beyond", "no speed", "as good as none", "infinite speed"],
)
def test_motions_that_cannot_be_are_aborted_with_a_reason(stand_in, goal, speed):
    robot = stand_in(controller="none")
    status, result = robot.move_to(robot.position_rad + 0.1 if goal is None else goal, speed).end()
    assert status == ABORTED and result.error_message
    assert robot.mode == IDLE
