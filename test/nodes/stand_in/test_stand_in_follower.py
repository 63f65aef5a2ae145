"""The joint target follower on the stand-in, as a teleoperation or a policy streams to it."""

from functools import partial

import numpy as np
import pytest
import rclpy
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import String

MOVE, REFLEX = 2, 4
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


@pytest.fixture
def stand_in(graph, stand_in):
    """With /clock, for else half a second that this machine stalls would be a stream's silence, which is fatal."""
    graph.probe.set_parameters([rclpy.parameter.Parameter("use_sim_time", value=True)])
    return partial(stand_in, clock=True)


def said(graph):
    """The follower's states as a late listener hears them."""
    return graph.heard(graph.probe, String, "/joint_follower_controller/state", LATCHED)


def switch(robot, controller):
    """As `ros2 param set` does it."""
    value = ParameterValue(type=4, string_value=controller)
    request = {"parameters": [Parameter(name="controller", value=value)]}
    return robot.call(SetParameters, "franka_simulation/set_parameters", **request).results[0]


def words(states):
    return [message.data for message in states]


def test_the_first_target_is_synced_to_and_the_rest_are_followed(graph, stand_in):
    robot = stand_in(controller="stream")
    states = said(graph)
    assert graph.spin_until(lambda: words(states) == ["SYNCING"]), "told to late listeners, too"
    target = robot.position_rad + 0.05
    robot.stream(target, 1.0)
    assert words(states) == ["SYNCING", "FOLLOWING"]
    for _ in range(10):
        target = target + 0.003
        robot.stream(target, 0.06)
    robot.stream(target, 0.3)
    # A spring of 240 Nm/rad that carries nothing: what is left is the followed target.
    np.testing.assert_allclose(robot.position_rad, target, atol=5e-3)
    assert robot.mode == MOVE


def test_names_count_for_nothing_and_too_few_numbers_are_ignored(graph, stand_in):
    robot = stand_in(controller="stream")
    start = robot.position_rad
    robot.names = robot.names[::-1]
    robot.stream(start, 0.4)
    for _ in range(10):
        robot.stream([0.5] * 6)
        robot.stream([np.nan] * 7)
        robot.stream(start)
        graph.spin_for(0.02)
    np.testing.assert_allclose(robot.position_rad, start, atol=5e-3)
    assert robot.mode == MOVE


def test_silence_holds(graph, stand_in):
    robot = stand_in(controller="stream")
    target = robot.position_rad + 0.03
    robot.stream(target, 1.0)
    assert graph.spin_until(lambda: np.abs(robot.position_rad - target).max() < 5e-3)
    graph.spin_for(0.5)
    np.testing.assert_allclose(robot.position_rad, target, atol=5e-3)
    assert robot.mode == MOVE


def test_a_stale_target_takes_the_control_node_down_until_it_is_restarted(graph, stand_in):
    robot = stand_in(controller="stream")
    states = said(graph)
    merged = graph.heard(graph.probe, JointState, "/joint_states")
    here = robot.position_rad
    robot.stream(here, 0.5)
    assert graph.spin_until(lambda: words(states)[-1] == "FOLLOWING")
    robot.stream(here + 0.2, late_s=1.0)
    graph.spin_for(0.2)
    robot.states.clear()
    merged.clear()
    graph.spin_for(0.5)
    assert not robot.states, "robot_state comes from the control node"
    assert merged, "joint_states does not"
    np.testing.assert_allclose(merged[-1].position[:7], here, atol=5e-3)

    robot.stream(here + 0.2, 0.2)
    assert not robot.follow(robot.trajectory(here)).accepted
    refused = switch(robot, "trajectory")
    assert not refused.successful and "down" in refused.reason
    recovered = robot.recover().end()
    assert recovered[0] == 6, "aborted: nobody is there to recover"

    assert robot.restart().success
    assert robot.mode == MOVE
    np.testing.assert_allclose(robot.position_rad, here, atol=5e-3)
    assert graph.spin_until(lambda: words(states)[-1] == "SYNCING")
    robot.stream(here + 0.03, 1.0)
    np.testing.assert_allclose(robot.position_rad, here + 0.03, atol=6e-3)


def test_a_restart_of_a_control_node_that_lives_ends_the_goal_and_begins_again(stand_in):
    robot = stand_in()
    start = robot.position_rad
    goal = robot.follow(robot.trajectory(start + 0.2, duration_s=10.0))
    assert robot.restart().success
    status, result = goal.end()
    assert status == 6 and "restarted" in result.error_string
    assert robot.follow(robot.trajectory(start)).end()[0] == 4

    streaming = switch(robot, "stream")
    assert streaming.successful and robot.restart().success
    here = robot.position_rad
    robot.stream(here + 0.03, 1.0)
    np.testing.assert_allclose(robot.position_rad, here + 0.03, atol=6e-3)


def test_the_parameter_switches_controllers_and_only_the_active_one_is_obeyed(graph, stand_in):
    robot = stand_in()
    start = robot.position_rad
    robot.stream(start + 0.1, 0.2)
    np.testing.assert_allclose(robot.position_rad, start, atol=3e-3)
    goal = robot.follow(robot.trajectory(start, duration_s=5.0))
    assert switch(robot, "stream").successful
    status, result = goal.end()
    assert status == 6 and "switched" in result.error_string
    assert not robot.follow(robot.trajectory(start)).accepted
    robot.stream(start + 0.03, 1.0)
    np.testing.assert_allclose(robot.position_rad, start + 0.03, atol=6e-3)
    assert switch(robot, "none").successful
    robot.stream(start + 0.1, 0.2)
    assert robot.mode == 1
    assert switch(robot, "trajectory").successful
    assert robot.follow(robot.trajectory(start)).end()[0] == 4


@pytest.mark.parametrize("controller", ["cartesian", ""])
def test_an_unknown_controller_is_refused_with_the_known_ones(stand_in, controller):
    answer = switch(stand_in(), controller)
    assert not answer.successful and "none, stream, trajectory" in answer.reason


def test_a_step_of_the_stream_that_moves_a_joint_too_fast_is_a_reflex(stand_in):
    robot = stand_in(controller="stream")
    here = robot.position_rad
    robot.stream(here, 0.5)
    robot.stream(here + np.array([1.5, 0, 0, 0, 0, 0, 0]))
    assert robot.comes_to(lambda s: s.robot_mode == REFLEX and s.current_errors.joint_velocity_violation)
