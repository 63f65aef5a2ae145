"""The watchdog and recovery of a policy's node, on the stand-in."""

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros.status_conversions import values_from_status

IDLE, MOVE, REFLEX, USER_STOPPED = 1, 2, 4, 5
STREAM_PERIOD_S = 0.01  # between two joint targets


class Skill:
    """The reach expert on the stand-in, and what it says of itself."""

    def __init__(self, graph, robot, **parameters):
        self.graph, self.robot = graph, robot
        self.node = graph.build(ExpertNode, task="reach", **parameters)
        self.diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        assert self.comes_to("running"), self.values()

    def values(self):
        statuses = [s for m in self.diagnostics for s in m.status]
        return values_from_status(statuses[-1]) if statuses else {}

    def comes_to(self, state, words=""):
        self.diagnostics.clear()
        return self.graph.spin_until(
            lambda: self.values().get("state") == state and words in self.values()["hold_reason"]
        )

    def call(self, name):
        return self.graph.call(Trigger, f"/expert/{name}")

    def collide(self):
        self.robot.push(0.0, 0.0, -120.0)
        assert self.robot.comes_to(lambda s: s.robot_mode == REFLEX)
        self.robot.push()

    def stands_still(self):
        """Whether the arm is commanded no more, soon: on a busy machine the command to stop may be a second late."""
        self.graph.spin_for(0.4)
        return self.graph.rests(lambda: self.robot.state.desired_joint_state.position, within=1e-4, limit_s=1.2)


@pytest.fixture
def skill(graph, stand_in):
    return lambda robot=(), **parameters: Skill(graph, stand_in(**dict(robot)), **parameters)


def test_after_a_reflex_it_holds_until_the_operator_has_it_recover(skill):
    s = skill()
    assert not s.call("recover").success, "there is nothing to recover from"
    s.collide()
    assert s.comes_to("holding", "mode REFLEX")
    values = s.values()
    assert "reflex" in values["hold_reason"] and "/expert/recover" in values["hold_reason"]
    assert values["robot_mode"] == "REFLEX"
    refused = s.call("resume")
    assert not refused.success and "REFLEX" in refused.message
    assert s.robot.mode == REFLEX, "nothing recovers without a word"
    assert s.call("recover").success
    assert s.comes_to("running"), s.values()
    assert s.robot.mode == MOVE and len(s.robot.node._simulation.robot.reflexes) == 1


def test_by_itself_it_recovers_as_often_as_it_may(skill):
    s = skill(recovery="auto", recovery_attempts=1)
    s.collide()
    assert s.comes_to("running"), s.values()
    s.collide()
    assert s.comes_to("holding", "/expert/recover")
    s.graph.spin_for(1.0)
    assert s.robot.mode == REFLEX


@pytest.mark.parametrize("output", ["trajectory", "stream"])
def test_a_recovery_that_does_not_bring_the_controller_back_is_given_up(skill, output):
    s = skill({"controller": output, "reactivate": False}, output=output, recovery_step_limit_s=1.0)
    s.collide()
    assert s.comes_to("holding", "mode REFLEX")
    assert s.call("recover").success
    assert s.graph.spin_until(lambda: "took longer than 1 s" in s.values().get("recovery_problem", "")), s.values()
    assert s.values()["state"] == "holding"
    assert not s.call("resume").success, "no controller is active"
    s.robot.node.set_parameters([Parameter("controller", value=output)])  # as `ros2 control` would
    s.graph.spin_for(0.3)
    assert s.graph.spin_until(lambda: s.call("resume").success), "when the arm has come to rest"
    assert s.comes_to("running"), s.values()


def test_recovery_can_be_off(skill):
    s = skill(recovery="never")
    s.collide()
    assert s.comes_to("holding", "mode REFLEX")
    answer = s.call("recover")
    assert not answer.success and "never" in answer.message


def test_a_released_user_stop_takes_a_word_to_go_on(skill):
    s = skill()
    s.robot.switch("user_stop", True)
    assert s.comes_to("holding", "USER_STOPPED")
    assert not s.call("resume").success
    s.robot.switch("user_stop", False)
    assert s.robot.comes_to(lambda state: state.robot_mode in (IDLE, MOVE))
    assert s.stands_still()
    assert s.call("resume").success
    assert s.comes_to("running")


@pytest.mark.parametrize("output", ["trajectory", "stream"])
def test_the_operators_stop_holds_without_a_reflex_and_resume_goes_on(skill, output):
    s = skill({"controller": output}, output=output)
    assert s.call("stop").success
    assert s.comes_to("holding", "stopped by the operator")
    assert s.stands_still()
    assert s.call("resume").success
    assert s.comes_to("running")
    assert not s.robot.node._simulation.robot.reflexes


def test_a_follower_that_is_inactive_holds(skill):
    s = skill({"controller": "stream"}, output="stream")
    s.robot.node.set_parameters([Parameter("controller", value="none")])
    assert s.comes_to("holding", "the controller has vanished")
    s.robot.node.set_parameters([Parameter("controller", value="stream")])
    assert s.graph.spin_until(lambda: s.call("resume").success)
    assert s.comes_to("running")


def handed_on(follower):
    """Stamps [s] and joint targets [rad] that a follower hands on to the arm from now on, after its way to the first.

    Before them is where that way has ended. Stamps are of the stream's deadlines: times at which a busy machine's
    simulation receives targets would make steps of them.
    """
    stamps_s, targets_rad, accept, sample = [], [], follower.accept, follower.sample

    def accepted(*arguments):
        accept(*arguments)
        if follower.state.name == "FOLLOWING":
            hand_on(follower._stamp_s, follower._target_rad)

    def sampled(times_s):
        before = follower.state.name
        given = sample(times_s)
        if (before, follower.state.name) == ("SYNCING", "FOLLOWING"):
            end_rad = follower._motion.sample(np.array([60.0]))[0][0]
            hand_on(follower._stamp_s - STREAM_PERIOD_S, end_rad)
            hand_on(follower._stamp_s, follower._target_rad)
        return given

    def hand_on(stamp_s, target_rad):
        stamps_s.append(stamp_s)
        targets_rad.append(target_rad)

    follower.accept, follower.sample = accepted, sampled
    return stamps_s, targets_rad


def test_a_follower_that_comes_back_at_once_finds_its_target_where_the_arm_is(skill):
    """The policy goes on for a moment after its follower is gone, which then takes the last target that it got."""
    s = skill({"controller": "stream"}, output="stream", controller_patience_s=5.0)
    arm = s.robot.node._simulation.arm
    assert s.graph.spin_until(lambda: np.abs(arm.velocity_rad_s).max() > 0.4)
    s.robot.node.set_parameters([Parameter("controller", value="none")])
    assert s.comes_to("holding", "the follower is inactive")
    assert s.graph.rests(lambda: arm.position_rad, within=1e-3), "and the stream is there, too, by then"
    before_rad = arm.position_rad.copy()
    stamps_s, handed_rad = handed_on(s.robot.node._simulation.robot.follower)
    s.robot.node.set_parameters([Parameter("controller", value="stream")])
    assert s.comes_to("running")
    assert s.graph.spin_until(lambda: len(stamps_s) > 50)
    np.testing.assert_allclose(handed_rad[0], before_rad, atol=5e-3)
    apart_s = np.maximum(np.diff(stamps_s), 0.5 * STREAM_PERIOD_S)
    fastest_rad_s = np.abs(np.diff(handed_rad, axis=0)).max(axis=1) / apart_s
    assert fastest_rad_s[0] < 2.0, "the first target that is handed on is where the arm has been moved to"
    assert fastest_rad_s.max() < 6.0, "no step: a follower hands targets on as they are"
    assert not s.robot.node._simulation.robot.reflexes
