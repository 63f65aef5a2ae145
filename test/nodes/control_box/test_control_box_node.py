"""The control box as a node: FCI's ports in a child, and on ROS what the wire does not carry."""

import os
import socket
import struct
import sys
from pathlib import Path

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.parameter import Parameter
from std_srvs.srv import SetBool, Trigger

from midp_ros.core.errors import MidpError
from midp_ros.fci.server.transport import PortError
from midp_ros.nodes.control_box.control_box_node import ControlBoxNode
from midp_ros.nodes.stand_in.second_robot import SecondRobotError

sys.path.insert(0, str(Path(__file__).parents[2] / "fci"))
from raw_client import RawClient  # noqa: E402

HOST = f"127.45.0.{1 + os.getpid() % 250}"


@pytest.fixture
def box(graph):
    return graph.build(ControlBoxNode, task="pick", robot_ip=HOST)


def text(status, key):
    return next(v.value for v in status.values if v.key == key)


def test_clients_of_both_kinds_see_one_episode(graph, box):
    poses = graph.heard(graph.probe, PoseStamped, "task/object_pose")
    statuses = graph.heard(graph.probe, DiagnosticStatus, "task/status")
    with RawClient(HOST) as client:
        assert client.state()["robot_mode"] == 1
        box.set_parameters([Parameter("seed", value=7)])
        answer = graph.call(Trigger, "task/reset")
        assert (answer.success, answer.message) == (True, "7")
        assert graph.spin_until(lambda: poses and statuses and text(statuses[-1], "seed") == "7")
        assert poses[-1].header.frame_id == "fr3_link0"
        assert graph.call(SetBool, "/franka_simulation/user_stop", SetBool.Request(data=True)).success
        assert graph.spin_until(lambda: client.state()["robot_mode"] == 5)
        assert graph.call(SetBool, "/franka_simulation/user_stop", SetBool.Request(data=False)).success
        assert graph.spin_until(lambda: client.state()["robot_mode"] == 1)
        assert client.move(0) == 1
        refused = graph.call(Trigger, "task/reset")
        assert not refused.success and "a client's motion runs" in refused.message


def test_a_push_is_a_collision_for_the_client(graph, box):
    publisher = graph.probe.create_publisher(WrenchStamped, "/franka_simulation/external_wrench", 1)
    message = WrenchStamped()
    message.wrench.force.z = -80.0
    with RawClient(HOST) as client:

        def pushed():
            publisher.publish(message)
            return client.state()["robot_mode"] == 4

        assert graph.spin_until(pushed)
        assert client.state()["errors"][7]  # cartesian_reflex


def test_a_port_that_is_taken_ends_the_start_in_one_line(graph):
    taken = HOST.replace("127.45", "127.46")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.bind((taken, 1337))
        other.listen()
        with pytest.raises(PortError, match=f"cannot listen on {taken}:1337: Address already in use"):
            graph.build(ControlBoxNode, task="pick", robot_ip=taken)


def test_a_second_one_at_another_address_of_one_domain_is_refused_unless_it_has_a_namespace(graph, box):
    """Both would publish /task/object_pose, and /task/reset would reach one of them."""
    other = HOST.replace("127.45", "127.47")
    with pytest.raises(SecondRobotError, match=r"_simulation \(process \d+\) is in ROS domain .*namespace:=NAME"):
        graph.build(ControlBoxNode, task="pick", robot_ip=other)
    named = [Parameter("task", value="pick"), Parameter("robot_ip", value=other)]
    graph.add(ControlBoxNode(namespace="left", parameter_overrides=named))


def test_a_server_that_dies_ends_the_node(graph, box):
    box._server._process.kill()
    assert graph.spin_until(lambda: box.exit_code == 1)
    with pytest.raises(MidpError, match="the FCI server has ended"):
        box._server.ask("status")


def test_an_address_beyond_this_machine_is_warned_of(graph, monkeypatch):
    from midp_ros.nodes.control_box import control_box_node

    assert control_box_node._loopback("127.9.9.9") and control_box_node._loopback("localhost")
    assert not control_box_node._loopback("0.0.0.0") and not control_box_node._loopback("robot.local")
    assert rclpy.ok()
