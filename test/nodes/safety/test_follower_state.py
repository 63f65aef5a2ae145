"""The follower's state is waited for wherever there is one, however late it comes."""

import pytest
import rclpy
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from midp_ros.nodes.safety import follower_state
from midp_ros.nodes.safety.follower_state import LATCHED, FollowerState

TARGETS, STATE = "joint_follower_controller/joint_targets", "joint_follower_controller/state"


@pytest.fixture
def follower(graph, monkeypatch):
    monkeypatch.setattr(follower_state, "DISCOVERY_S", 0.4)
    node = graph.add(rclpy.create_node("policy"))
    node.declare_parameter("stream_topic", TARGETS)
    return FollowerState(node, STATE)


def comes(graph, follower, met, limit_s=5.0):
    def look():
        follower.take()
        return met()

    return graph.spin_until(look, limit_s)


def test_without_a_follower_it_is_waited_for(graph, follower):
    assert not comes(graph, follower, lambda: not follower.awaited, 0.8)
    assert "the follower's state is not known yet" in follower.awaited


def test_a_controller_that_publishes_no_state_is_not_waited_for_long(graph, follower):
    graph.heard(graph.probe, JointState, TARGETS)
    follower.take()
    assert follower.awaited, "its state may be discovered later"
    assert comes(graph, follower, lambda: not follower.awaited)
    assert follower.state == ""


def test_a_state_that_comes_late_is_waited_for(graph, follower):
    graph.heard(graph.probe, JointState, TARGETS)
    publisher = graph.probe.create_publisher(String, STATE, LATCHED)
    assert not comes(graph, follower, lambda: not follower.awaited, 1.0), "longer than for one without a state"
    publisher.publish(String(data="FOLLOWING"))
    assert comes(graph, follower, lambda: follower.state == "FOLLOWING")
    assert not follower.awaited
    assert follower.changed_s > 1e9, "it may have been so for long"
    publisher.publish(String(data="INACTIVE"))
    assert comes(graph, follower, lambda: follower.state == "INACTIVE")
    assert follower.changed_s < 5.0


def test_a_state_published_long_ago_is_known_at_once(graph, follower):
    graph.probe.create_publisher(String, STATE, LATCHED).publish(String(data="SYNCING"))
    assert comes(graph, follower, lambda: follower.state == "SYNCING")


def test_with_another_output_there_is_nothing_to_wait_for(graph):
    assert not FollowerState(graph.probe, "").awaited
