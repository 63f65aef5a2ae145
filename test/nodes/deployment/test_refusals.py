"""A deployment that must not go on: another robot on the graph, perception in a frame that nothing leads from."""

import pytest
from geometry_msgs.msg import PoseStamped
from rcl_interfaces.msg import Log
from rclpy.qos import qos_profile_sensor_data

from midp_ros.core.errors import ContractMismatchError
from midp_ros.nodes.deployment.deployment_node import DeploymentNode
from midp_ros.nodes.policy.policy_node import PolicyNode
from midp_ros.nodes.stand_in.simulation_node import SimulationNode


def deploy(graph, *simulation):
    """Runs a deployment of `reach` on a simulation to its end; gives the errors in its log."""
    logs = graph.heard(graph.probe, Log, "/rosout", 100)
    graph.add(SimulationNode(cli_args=["--ros-args", "-p", "task:=reach", *simulation]))
    graph.build(PolicyNode, model="reach", autostart=False)
    node = graph.build(DeploymentNode, model="reach", confirm=False, check_seconds=2.0)
    assert graph.spin_until(lambda: node.exit_code is not None, 30.0)
    assert node.exit_code == 1
    ended = "not deployed: the robot's graph is not as the model needs it"
    assert graph.spin_until(lambda: any(ended in m.msg for m in logs))
    return [m.msg for m in logs if m.name == "deployment" and m.level >= 40]


def test_another_robot_s_joints_are_found_and_named(graph):
    errors = deploy(graph, "-p", "robot:=panda")
    (names,) = [e for e in errors if e.startswith("/franka/joint_states: names")]
    assert "no fr3_joint1 .. fr3_joint7, but panda_joint1" in names and "--robot panda" in names


def test_a_frame_that_nothing_leads_from_ends_it(graph):
    goals = graph.probe.create_publisher(PoseStamped, "/task/goal_pose", 5)

    def relay(message):
        message.header.frame_id = "camera_color_optical_frame"
        goals.publish(message)

    graph.probe.create_subscription(PoseStamped, "/raw/goal_pose", relay, 5)
    errors = deploy(graph, "-r", "task/goal_pose:=/raw/goal_pose")
    (frame,) = [e for e in errors if e.startswith("/task/goal_pose: frame")]
    assert "'camera_color_optical_frame'" in frame and "fr3_link0" in frame


def test_a_pose_that_appears_after_the_first_look_is_waited_for(graph):
    """franka_bringup's spawners wait for each other: its broadcaster came half a second after the doctor's look."""
    logs = graph.heard(graph.probe, Log, "/rosout", 100)
    pose = "franka_robot_state_broadcaster/current_pose"
    graph.add(SimulationNode(cli_args=["--ros-args", "-p", "task:=reach", "-r", f"{pose}:=/raw/current_pose"]))
    graph.build(PolicyNode, model="reach", autostart=False)
    node = graph.build(DeploymentNode, model="reach", confirm=False, check_seconds=0.5)
    assert graph.spin_until(lambda: any("loaded" in m.msg for m in logs), 30.0)
    graph.spin_for(1.5)
    poses = graph.probe.create_publisher(PoseStamped, f"/{pose}", qos_profile_sensor_data)
    graph.probe.create_subscription(PoseStamped, "/raw/current_pose", poses.publish, qos_profile_sensor_data)
    assert graph.spin_until(lambda: any("checks passed" in m.msg for m in logs) or node.exit_code is not None, 30.0)
    assert node.exit_code is None, [m.msg for m in logs if m.level >= 40]


def test_a_model_of_another_robot_is_refused_before_anything_begins(graph):
    with pytest.raises(ContractMismatchError, match="for robot 'fr3', the robot is 'panda'"):
        graph.build(DeploymentNode, model="reach", robot="panda")
