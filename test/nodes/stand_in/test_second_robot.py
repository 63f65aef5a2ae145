"""Two robots on the same topics: a simulation does not become the second one."""

import os
import threading
from contextlib import contextmanager

import pytest
from diagnostic_msgs.msg import DiagnosticStatus
from other_process import other_process
from sensor_msgs.msg import JointState
from test_processes import Processes

from midp_ros.nodes.stand_in.second_robot import SecondRobotError
from midp_ros.nodes.stand_in.simulation_node import SimulationNode

TOPIC = "/franka/joint_states"


@contextmanager
def another_robot(name="real_robot", living=True):
    """Publishes joint states at 50 Hz; one that was killed is in the graph and publishes nothing."""
    with other_process(name) as node:
        publisher, ended = node.create_publisher(JointState, TOPIC, 1), threading.Event()

        def publish():
            while living and not ended.wait(0.02):
                publisher.publish(JointState())

        thread = threading.Thread(target=publish)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def publishers(graph):
    return {info.node_name for info in graph.probe.get_publishers_info_by_topic(TOPIC)}


def test_beside_a_robot_that_publishes_a_simulation_does_not_start_and_publishes_nothing(graph):
    with another_robot():
        assert graph.spin_until(lambda: "real_robot" in publishers(graph))
        with pytest.raises(SecondRobotError, match=f"/real_robot publishes {TOPIC} in ROS domain .* ROS_DOMAIN_ID"):
            graph.build(SimulationNode, task="reach")
        assert publishers(graph) == {"real_robot"}


def test_beside_a_robot_that_was_killed_and_is_still_in_the_graph_it_starts(graph, stand_in):
    with another_robot("franka_simulation", living=False):
        assert graph.spin_until(lambda: publishers(graph) == {"franka_simulation"})
        assert stand_in().mode in (1, 2)


def test_a_robot_that_is_discovered_late_ends_the_simulation_that_has_just_started(graph, stand_in):
    node = stand_in().node
    with another_robot():
        assert graph.spin_until(lambda: node.exit_code == 1)


def test_a_second_process_ends_with_one_line_and_the_first_simulation_goes_on(graph, stand_in):
    stand_in()
    reports = graph.heard(graph.probe, DiagnosticStatus, "/task/status")
    processes = Processes()
    second = processes.start("simulation", task="reach")
    assert graph.spin_until(lambda: second.poll() is not None, 20.0)
    output = second.stdout.read()
    processes.stop()
    assert second.returncode == 1 and "Traceback" not in output
    (line,) = [line for line in output.splitlines() if line.startswith("error:")]
    assert f"/franka_simulation (process {os.getpid()}) publishes {TOPIC}" in line and "namespace" in line
    reports.clear()
    assert graph.spin_until(lambda: reports)
