"""A gripper that is slow, refuses, or whose node ends with a goal open."""

import pytest
import rclpy
from franka_msgs.action import Grasp, Move

from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.gripper_client import GripperClient
from midp_ros.nodes.ros.deferred_action_server import DeferredActionServer

PROFILE = RobotProfile.load("fr3")


class Hand:
    """franka_gripper's actions, whose goals end when the test ends them."""

    def __init__(self, graph):
        self.node, self.goals, self.takes = graph.add(rclpy.create_node("hand")), [], True
        self.servers = {kind: self._serve(kind, name) for kind, name in ((Move, "move"), (Grasp, "grasp"))}

    def _serve(self, kind, name):
        return DeferredActionServer(
            self.node, kind, f"/hand/{name}", lambda handle: self.goals.append((kind, handle)), lambda goal: self.takes
        )

    def end(self, number, success=True, error=""):
        kind, handle = self.goals[number]
        self.servers[kind].end(handle, success, kind.Result(success=success, error=error))

    def close(self):
        for server in self.servers.values():
            server.destroy()


@pytest.fixture
def hand(graph):
    hand = Hand(graph)
    yield hand
    hand.close()


@pytest.fixture
def client(graph):
    """A client that gives up soon, and what it answered."""
    node, finished = graph.add(rclpy.create_node("client")), []
    client = GripperClient(node, "/hand", PROFILE, finished.append, longest_goal_s=0.4)
    client.finished = finished
    yield client
    client.close()


def test_a_goal_that_ends_is_finished(graph, hand, client):
    assert graph.spin_until(client._move.server_is_ready)
    client._longest_s = 2.0  # for a test that is held up
    client.send(0.08)
    assert graph.spin_until(lambda: hand.goals) and not client.finished
    hand.end(0)
    assert graph.spin_until(lambda: client.finished == [True])
    graph.spin_for(2.2)
    assert client.finished == [True], "what has ended is not given up"


@pytest.mark.parametrize(("error", "advised"), [("libfranka gripper: Command failed!", True), ("it slipped", False)])
def test_a_goal_that_fails_is_named_and_a_hand_that_was_not_homed_too(graph, hand, client, capfd, error, advised):
    assert graph.spin_until(client._move.server_is_ready)
    client._longest_s = 10.0
    client.send(0.08)
    assert graph.spin_until(lambda: hand.goals)
    hand.end(0, False, error)
    assert graph.spin_until(lambda: client.finished == [True])
    said = capfd.readouterr().err
    advice = "a hand has to be homed once after it was switched on: ros2 action send_goal /hand/homing"
    assert f"the gripper failed: {error}" in said and (advice in said) == advised


def test_a_goal_that_is_refused_is_to_be_sent_again(graph, hand, client):
    hand.takes = False
    assert graph.spin_until(client._grasp.server_is_ready)
    client.send(0.0)
    assert graph.spin_until(lambda: client.finished == [False])


def test_a_goal_whose_server_is_gone_is_given_up_and_its_late_end_means_nothing(graph, hand, client):
    assert graph.spin_until(client._move.server_is_ready)
    client.send(0.08)
    assert graph.spin_until(lambda: client.finished == [False]), "within its time, on the steady clock"
    client._longest_s = 20.0  # the next one is in time, however long this test is held up
    client.send(0.08)
    assert graph.spin_until(lambda: len(hand.goals) == 2)
    hand.end(0)
    graph.spin_for(0.1)
    assert client.finished == [False]
    hand.end(1)
    assert graph.spin_until(lambda: client.finished == [False, True])


def test_without_a_server_nothing_is_under_way(client):
    client.send(0.08)
    assert client.finished == [False]
