"""The stand-in speaks as a Franka does."""

import time

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from franka_msgs import action as franka_actions
from geometry_msgs.msg import PoseStamped
from rclpy.action import ActionClient
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy, qos_profile_sensor_data
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.nodes.stand_in.simulation_node import SimulationNode
from midp_ros.simulation import Simulation


@pytest.fixture
def sim(graph):
    return graph.build(SimulationNode, task="pick", seed=5)


def test_it_publishes_what_franka_ros2_publishes_at_its_rates(graph, sim):
    topics = {
        "/franka/joint_states": (JointState, 100),
        "/joint_states": (JointState, 30),
        "/franka_robot_state_broadcaster/current_pose": (PoseStamped, 100),
        "/franka_gripper/joint_states": (JointState, 15),
        "/task/object_pose": (PoseStamped, 30),
        "/task/status": (DiagnosticStatus, 10),
    }
    heard = {name: graph.heard(graph.probe, kind, name, qos_profile_sensor_data) for name, (kind, _) in topics.items()}
    assert graph.spin_until(lambda: all(heard.values()))
    graph.spin_for(0.1)
    since_s = time.monotonic()
    for messages in heard.values():
        messages.clear()
    graph.spin_for(1.5)
    passed_s = time.monotonic() - since_s  # more, where this test was held up
    for name, (_, rate_hz) in topics.items():
        # A busy machine may fall short; more than asked for would be a fault.
        assert 0.1 * rate_hz < len(heard[name]) / passed_s < 1.2 * rate_hz, name
    arm, merged = heard["/franka/joint_states"][-1], heard["/joint_states"][-1]
    assert list(arm.name) == [f"fr3_joint{i}" for i in range(1, 8)]
    assert len(arm.position) == len(arm.velocity) == len(arm.effort) == 7
    assert list(merged.name) == [*arm.name, "fr3_finger_joint1", "fr3_finger_joint2"]
    assert abs(c.seconds_from_stamp(arm.header.stamp) - time.time()) < 10.0  # wall time, however busy
    pose = heard["/franka_robot_state_broadcaster/current_pose"][-1]
    assert pose.header.frame_id == "base"
    (publisher,) = graph.probe.get_publishers_info_by_topic("/franka_robot_state_broadcaster/current_pose")
    assert publisher.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT


def test_a_reset_starts_the_episode_of_the_seed(graph, sim):
    reports = graph.heard(graph.probe, DiagnosticStatus, "/task/status")
    poses = graph.heard(graph.probe, PoseStamped, "/task/object_pose", qos_profile_sensor_data)
    sim.set_parameters([Parameter("seed", value=7)])
    answer = graph.call(Trigger, "/task/reset")
    assert answer.success and answer.message == "7"
    assert graph.spin_until(lambda: reports and TaskReport.from_message(reports[-1]).seed == 7)
    report = TaskReport.from_message(reports[-1])
    assert (report.task, report.robot, report.episode, report.done) == ("pick", "fr3", 2, False)
    poses.clear()
    assert graph.spin_until(lambda: poses)
    expected = Simulation("pick")
    expected.reset(7)
    np.testing.assert_allclose(
        c.pose_from_message(poses[-1]).position_m, expected.observe()["object_position"], atol=2e-3
    )


def positions(messages):
    return np.array(messages[-1].position)


def test_the_arm_follows_a_trajectory_and_refuses_a_partial_one(graph, sim):
    states = graph.heard(graph.probe, JointState, "/franka/joint_states")
    commands = graph.probe.create_publisher(JointTrajectoryMessage, "/fr3_arm_controller/joint_trajectory", 1)
    assert graph.spin_until(lambda: states and commands.get_subscription_count())
    start = positions(states)
    goal = start + np.array([0.1, -0.05, 0, 0.05, 0, 0, -0.1])
    now = time.time()
    trajectory = JointTrajectory(np.array([now, now + 0.5]), np.stack([start, goal]), np.zeros((2, 7)))
    message = c.trajectory_message(trajectory, states[-1].name)
    partial = c.trajectory_message(trajectory, states[-1].name)
    partial.joint_names = list(partial.joint_names)[:6]
    commands.publish(partial)
    graph.spin_for(0.3)
    np.testing.assert_allclose(positions(states), start, atol=5e-3)
    commands.publish(message)
    assert graph.spin_until(lambda: np.abs(positions(states) - goal).max() < 5e-3)


def test_the_arm_follows_streamed_targets(graph):
    graph.build(SimulationNode, task="pick", seed=5, controller="stream")
    states = graph.heard(graph.probe, JointState, "/franka/joint_states")
    targets = graph.probe.create_publisher(JointState, "/joint_follower_controller/joint_targets", 1)
    assert graph.spin_until(lambda: states and targets.get_subscription_count())
    start, names = positions(states), list(states[-1].name)
    for k in range(150):  # a second to get to the first one, then as they come
        targets.publish(c.joint_state_message(names, time.time(), start + 0.1 * min(1.0, k / 100)))
        graph.spin_for(0.02)
    assert graph.spin_until(lambda: np.abs(positions(states) - start - 0.1).max() < 1e-2)


def send(graph, kind, name, goal):
    client = ActionClient(graph.probe, kind, f"/franka_gripper/{name}")
    assert graph.spin_until(client.server_is_ready)
    sent = client.send_goal_async(goal)
    assert graph.spin_until(sent.done)
    result = sent.result().get_result_async()
    assert graph.spin_until(result.done)
    client.destroy()
    return result.result().result


def test_the_gripper_moves_grasps_and_homes(graph, sim):
    widths = graph.heard(graph.probe, JointState, "/franka_gripper/joint_states")
    move, grasp, homing = franka_actions.Move, franka_actions.Grasp, franka_actions.Homing
    assert send(graph, move, "move", move.Goal(width=0.03, speed=0.1)).success
    widths.clear()
    assert graph.spin_until(lambda: widths)
    assert sum(widths[-1].position) == pytest.approx(0.03, abs=2e-3)
    empty = send(graph, grasp, "grasp", grasp.Goal(width=0.05, speed=0.1, force=20.0))
    assert not empty.success and empty.error == ""
    assert send(graph, homing, "homing", homing.Goal()).success
    widths.clear()
    assert graph.spin_until(lambda: widths)
    assert sum(widths[-1].position) == pytest.approx(0.08, abs=2e-3)


@pytest.mark.parametrize("given, words", [({"task": "fly"}, "known: avoid, "), ({"robot": "ur5"}, "fr3")])
def test_unknown_tasks_and_robots_list_the_known_ones(graph, given, words):
    with pytest.raises(UnknownNameError, match=words):
        graph.build(SimulationNode, **given)
