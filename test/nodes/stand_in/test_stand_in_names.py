"""Namespaces, prefixes, the clock and the Panda: what a launch file may change about the stand-in."""

import time

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from franka_client import FrankaClient
from geometry_msgs.msg import PoseStamped
from rclpy.parameter import Parameter
from rclpy.qos import qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState

from midp_ros.nodes.ros.conversions import seconds_from_stamp
from midp_ros.nodes.stand_in.simulation_node import SimulationNode


def build(graph, namespace="", **parameters):
    overrides = [Parameter(name, value=value) for name, value in {"task": "reach", **parameters}.items()]
    return graph.add(SimulationNode(namespace=namespace, parameter_overrides=overrides))


def test_with_a_real_time_factor_the_clock_runs_at_that_pace_and_stamps_are_of_it(graph):
    build(graph, real_time_factor=2.0)
    told = []  # wall time, clock
    graph.probe.create_subscription(
        Clock, "/clock", lambda m: told.append((time.monotonic(), seconds_from_stamp(m.clock))), 10
    )
    states = graph.heard(graph.probe, JointState, "/franka/joint_states", qos_profile_sensor_data)

    def runs_at_twice_the_pace():
        if not told or told[-1][0] - told[0][0] < 1.0:
            return False
        (wall_a, clock_a), (wall_b, clock_b) = told[0], told[-1]
        pace = (clock_b - clock_a) / (wall_b - wall_a)
        assert pace < 2.3, "never faster"
        del told[: len(told) // 2]  # a busy machine was slower; look again
        return pace > 1.6

    assert graph.spin_until(runs_at_twice_the_pace, 20.0)
    assert graph.spin_until(lambda: states)
    assert abs(seconds_from_stamp(states[-1].header.stamp) - told[-1][1]) < 0.5
    clocks = [clock for _, clock in told]
    assert clocks == sorted(clocks)


def test_at_real_time_nobody_publishes_a_clock_unless_asked(graph):
    build(graph)
    graph.spin_for(0.3)
    assert graph.probe.count_publishers("/clock") == 0


def test_a_client_on_the_simulated_clock_moves_the_arm(graph):
    build(graph, real_time_factor=2.0)
    graph.probe.set_parameters([Parameter("use_sim_time", value=True)])
    robot = FrankaClient(graph)
    start = robot.position_rad
    assert abs(robot.now_s - seconds_from_stamp(robot.state.header.stamp)) < 0.5
    goal = robot.follow(robot.trajectory(start + 0.1, duration_s=1.0, stamp_s=robot.now_s))
    assert goal.end()[0] == GoalStatus.STATUS_SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, start + 0.1, atol=5e-3)
    robot.close()


def test_everything_lives_in_the_namespace_with_the_prefix_on_every_joint(graph):
    build(graph, namespace="/left", arm_prefix="left")
    names = [f"left_fr3_joint{i}" for i in range(1, 8)]
    robot = FrankaClient(graph, "/left", names)
    state = robot.state
    assert list(state.measured_joint_state.name) == names
    merged = graph.heard(graph.probe, JointState, "/left/joint_states")
    assert graph.spin_until(lambda: merged)
    assert list(merged[-1].name)[:7] == names
    said = graph.probe.get_publisher_names_and_types_by_node("franka_simulation", "/left")
    taken = graph.probe.get_subscriber_names_and_types_by_node("franka_simulation", "/left")
    served = graph.probe.get_service_names_and_types_by_node("franka_simulation", "/left")
    elsewhere = {name for name, _ in (*said, *taken, *served) if not name.startswith("/left/")}
    assert elsewhere == {"/rosout", "/parameter_events", "/tf", "/tf_static"}
    start = robot.position_rad
    unprefixed = robot.trajectory(start + 0.1)
    unprefixed.joint_names = [name.removeprefix("left_") for name in names]
    assert not robot.follow(unprefixed).accepted
    assert robot.follow(robot.trajectory(start + 0.1)).end()[0] == GoalStatus.STATUS_SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, start + 0.1, atol=5e-3)
    robot.close()


def test_two_arms_share_a_graph_and_nothing_else(graph):
    for side in ("left", "right"):
        build(graph, namespace=f"/{side}", arm_prefix=side)
    left, right = (
        FrankaClient(graph, f"/{side}", [f"{side}_fr3_joint{i}" for i in range(1, 8)]) for side in ("left", "right")
    )
    before = right.position_rad
    assert left.follow(left.trajectory(left.position_rad + 0.1)).end()[0] == GoalStatus.STATUS_SUCCEEDED
    np.testing.assert_allclose(right.position_rad, before, atol=2e-3)
    for robot in (left, right):
        robot.close()


@pytest.mark.parametrize("robot, frame", [("fr3", "base"), ("panda", "panda_link0")])
def test_the_generations_differ_in_names_and_frames(graph, robot, frame):
    build(graph, robot=robot)
    client = FrankaClient(graph, names=[f"{robot}_joint{i}" for i in range(1, 8)], arm=f"{robot}_arm_controller")
    poses = graph.heard(
        graph.probe, PoseStamped, "/franka_robot_state_broadcaster/current_pose", qos_profile_sensor_data
    )
    assert graph.spin_until(lambda: poses)
    assert poses[-1].header.frame_id == frame
    start = client.position_rad
    assert client.follow(client.trajectory(start + 0.05)).end()[0] == GoalStatus.STATUS_SUCCEEDED
    client.close()
