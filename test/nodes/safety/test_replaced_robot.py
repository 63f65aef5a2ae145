"""Something of the robot's ends and comes back, or is there twice: nothing moves unasked."""

from functools import partial

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from franka_msgs.msg import FrankaRobotState
from other_process import other_process
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory

from midp_ros.control.supervision.robot_continuity import RobotContinuity
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros.status_conversions import values_from_status
from midp_ros.nodes.safety import robot_watch
from midp_ros.nodes.stand_in.simulation_node import SimulationNode


class Skill:
    """The reach expert, slow, on a stand-in."""

    def __init__(self, graph, robot, **parameters):
        self.graph, self.robot = graph, robot
        self.diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        self.node = graph.build(ExpertNode, task="reach", velocity_fraction=0.15, lead_s=0.15, **parameters)

    def values(self):
        statuses = [s for m in self.diagnostics for s in m.status if s.name.endswith("expert")]
        return values_from_status(statuses[-1]) if statuses else {}

    def comes_to(self, state, words="", limit_s=10.0):
        self.diagnostics.clear()
        met = lambda: self.values().get("state") == state and words in self.values()["hold_reason"]  # noqa: E731
        return self.graph.spin_until(met, limit_s)

    def call(self, name):
        return self.graph.call(Trigger, f"/expert/{name}")


@pytest.fixture
def skill(graph, stand_in, monkeypatch):
    monkeypatch.setattr(robot_watch, "RobotContinuity", partial(RobotContinuity, settling_s=1.0))

    def start(**parameters):
        robot = stand_in(seed=3)
        skill = Skill(graph, robot, **parameters)
        assert skill.comes_to("running"), skill.values()
        graph.spin_for(1.1)  # what comes now is news
        return skill

    return start


def test_a_robot_that_is_started_again_is_not_moved_until_the_operator_says_so(graph, skill):
    s = skill()
    graph.executor.remove_node(s.robot.node)
    s.robot.node.close()
    s.robot.node.destroy_node()
    graph.nodes.remove(s.robot.node)
    assert s.comes_to("holding"), s.values()
    another = graph.build(SimulationNode, task="reach", seed=4)
    assert s.comes_to("holding", "/franka_simulation, was started again"), s.values()
    assert "call /expert/resume" in s.values()["hold_reason"]
    there_rad = another._simulation.arm.position_rad
    graph.spin_for(1.5)
    np.testing.assert_allclose(another._simulation.arm.position_rad, there_rad, atol=0.02)
    assert graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running"), s.values()
    assert graph.spin_until(lambda: np.abs(another._simulation.arm.position_rad - there_rad).max() > 0.05)


def test_a_robot_that_was_silent_for_long_is_not_moved_until_the_operator_says_so(graph, skill):
    s = skill(longest_silence_s=1.0)
    publish = s.robot.node._states.publish
    s.robot.node._states.publish = lambda *arguments: None
    assert s.comes_to("holding", "the robot was silent for more than 1 s on"), s.values()
    refused = s.call("resume")
    assert not refused.success and "silent" in refused.message
    s.robot.node._states.publish = publish
    graph.spin_for(0.5)
    assert s.values()["state"] == "holding"
    assert graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running"), s.values()


def test_a_second_robot_of_the_same_name_stops_the_arm_and_must_end_before_it_goes_on(graph, skill):
    s = skill()
    with other_process("franka_simulation") as other:
        other.create_publisher(JointState, "/franka/joint_states", 1)
        assert s.comes_to("holding", "two nodes called /franka_simulation publish /franka/joint_states"), s.values()
        refused = s.call("resume")
        assert not refused.success and "two nodes called /franka_simulation" in refused.message
    assert graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running"), s.values()


def test_while_two_robots_publish_different_modes_the_reason_is_of_neither_and_does_not_alternate(graph, skill):
    s = skill()
    with other_process("another_robot") as other:
        publisher = other.create_publisher(FrankaRobotState, "/franka_robot_state_broadcaster/robot_state", 1)
        timer = graph.probe.create_timer(0.02, lambda: publisher.publish(FrankaRobotState(robot_mode=4)))
        assert s.comes_to("holding", "two robots, /another_robot and /franka_simulation"), s.values()
        s.diagnostics.clear()
        graph.spin_for(1.2)
        reasons = {values_from_status(each)["hold_reason"] for m in s.diagnostics for each in m.status}
        assert len(reasons) == 1 and reasons.pop().endswith("then call /expert/resume")
        graph.probe.destroy_timer(timer)
    assert graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running"), s.values()


def test_a_second_policy_of_the_same_name_stops_both_and_must_end_before_one_goes_on(graph, skill):
    s = skill()
    with other_process("expert") as other:
        other.create_publisher(JointTrajectory, "/fr3_arm_controller/joint_trajectory", 1)
        assert s.comes_to("holding", "another node called /expert can command the arm, too"), s.values()
        assert "/expert (another node of the same name)" in s.values()["other_publishers"]
        assert not s.call("resume").success
    assert graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running"), s.values()


def test_an_operators_stop_outlasts_a_recovery_that_starts_by_itself(graph, skill):
    s = skill(recovery="auto")
    assert s.call("stop").success
    s.robot.push(0.0, 0.0, -120.0)
    assert s.robot.comes_to(lambda state: state.robot_mode == 4)
    s.robot.push()
    assert s.robot.comes_to(lambda state: state.robot_mode == 2), "it recovers by itself"
    assert s.comes_to("holding", "stopped by the operator"), s.values()
    graph.spin_for(0.5)
    assert s.values()["state"] == "holding"
    assert graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running"), s.values()
