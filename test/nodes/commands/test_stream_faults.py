"""A stream of joint targets that falters, and a follower that takes silence for a fault: nobody trips, nobody dies.

With /clock, for else half a second that this machine stalls would be a silence of its own.
"""

import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from midp_ros.control.streaming.setpoint_stream import LONGEST_SILENCE_S
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros.status_conversions import values_from_status


class Streamed:
    """The reach expert, at its slowest, streams to the stand-in's follower; the stand-in is never busy otherwise."""

    def __init__(self, graph, robot):
        self.graph, self.node, self.simulation = graph, robot.node, robot.node._simulation
        self.diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        parameters = {"task": "reach", "velocity_fraction": 0.15, "lead_s": 0.15, "use_sim_time": True}
        self.expert = graph.build(ExpertNode, output="stream", **parameters)

    @property
    def robot(self):
        return self.simulation.robot

    def values(self):
        statuses = [s for m in self.diagnostics for s in m.status if s.name.endswith("expert")]
        return values_from_status(statuses[-1]) if statuses else {}

    def comes_to(self, state, words=""):
        self.diagnostics.clear()
        return self.graph.spin_until(
            lambda: self.values().get("state") == state and words in self.values()["hold_reason"], 20.0
        )

    def starts(self):
        assert self.graph.spin_until(lambda: np.abs(self.simulation.arm.velocity_rad_s).max() > 0.05, 20.0), (
            self.values()
        )

    def stalls(self, duration_s):
        """The process that streams is not run for a while, of the stand-in's time.

        It is stopped where it sleeps. Within a target is for test_stream_output; once it has looked at its clock for
        the last time and is about to publish, no process could know that it had been stopped.
        """
        process = self.expert._loop._output._process
        asleep = lambda: Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"  # noqa: E731
        assert self.graph.spin_until(asleep)
        process.send_signal(signal.SIGSTOP)
        end_s = self.simulation.time_s + duration_s
        wall_s = time.monotonic() + (duration_s if duration_s < LONGEST_SILENCE_S else 60.0)  # not for longer, either
        try:
            assert self.graph.spin_until(lambda: self.simulation.time_s >= end_s or time.monotonic() > wall_s)
        finally:
            process.send_signal(signal.SIGCONT)

    def transition(self, number):
        request = ChangeState.Request()
        request.transition.id = number
        assert self.graph.call(ChangeState, "/expert/change_state", request).success

    def activates_the_follower_again(self):
        self.simulation.switch("none")
        speaks = lambda: self.expert._loop._output.silence_s == 0.0  # noqa: E731
        assert self.graph.spin_until(speaks), "an inactive follower can be told anything"
        self.simulation.switch("stream")
        assert self.graph.spin_until(self.is_let_go_on), "as an operator does for whom it took half a second"

    def is_let_go_on(self):
        return self.graph.call(Trigger, "/expert/resume").success

    def succeeds(self):
        assert self.graph.spin_until(lambda: self.simulation.status().success, 30.0), self.values()
        assert self.robot.alive and not self.robot.reflexes, [v.reason for v in self.robot.reflexes]


@pytest.fixture
def streamed(graph, stand_in):
    graph.probe.set_parameters([rclpy.parameter.Parameter("use_sim_time", value=True)])
    start = partial(stand_in, clock=True, controller="stream", seed=3)
    return lambda: Streamed(graph, start())


@pytest.mark.parametrize("stall_s", [0.1, 0.25])
def test_a_stall_in_mid_motion_is_made_up_for_without_a_step(streamed, stall_s):
    trial = streamed()
    trial.starts()
    trial.stalls(stall_s)
    trial.succeeds()


def test_after_half_a_second_s_stall_it_says_nothing_until_the_follower_is_activated_again(graph, streamed):
    trial = streamed()
    trial.starts()
    trial.stalls(0.6)
    assert trial.comes_to("holding", "the stream of joint targets was interrupted for"), trial.values()
    assert trial.robot.alive and np.abs(trial.simulation.arm.velocity_rad_s).max() < 0.01
    assert graph.call(Trigger, "/expert/resume").success
    assert trial.comes_to("waiting", "left without targets"), trial.values()
    assert trial.values()["follower_state"] == "FOLLOWING"
    trial.activates_the_follower_again()
    trial.succeeds()


def test_activated_again_it_does_not_take_down_a_follower_that_it_left(graph, streamed):
    trial = streamed()
    trial.starts()
    trial.transition(4)
    end_s = trial.simulation.time_s + 1.0
    assert graph.spin_until(lambda: trial.simulation.time_s > end_s)
    trial.transition(3)
    assert trial.comes_to("waiting", "left without targets"), trial.values()
    graph.spin_for(0.3)
    assert trial.robot.alive
    trial.activates_the_follower_again()
    trial.succeeds()


def test_held_in_the_hand_and_let_go_the_arm_is_held_where_it_is_then(graph, streamed):
    trial = streamed()
    targets = graph.heard(graph.probe, JointState, "/joint_follower_controller/joint_targets")
    trial.starts()
    trial.robot.press_user_stop(True)
    assert trial.comes_to("holding", "USER_STOPPED"), trial.values()
    away_rad = trial.simulation.arm.position_rad + [0.2, 0.0, 0.0, 0.1, 0.0, 0.0, 0.2]
    trial.robot.guide(True)
    arm = trial.simulation.arm
    arm.place(away_rad)
    # A guided arm sinks by up to 0.01 rad/s, so that the targets have to be compared with where it is by now.
    followed = lambda: np.abs([np.array(t.position) - arm.position_rad for t in targets[-10:]]).max() < 0.03  # noqa: E731
    assert graph.spin_until(followed), "the targets are where the arm is"
    trial.robot.guide(False)
    trial.robot.press_user_stop(False)
    let_go_rad = arm.position_rad
    assert graph.spin_until(lambda: trial.robot.controller == "stream")
    graph.spin_for(0.5)  # it must not be sent to where the arm was
    np.testing.assert_allclose(arm.position_rad, let_go_rad, atol=0.03)
    assert graph.call(Trigger, "/expert/resume").success
    trial.succeeds()


def test_what_is_not_told_where_the_arm_is_does_not_begin(graph, streamed):
    trial = streamed()
    trial.transition(4)
    trial.node._states.publish = lambda *arguments: None
    trial.transition(3)
    graph.spin_for(0.5)
    assert not trial.expert._loop._output.publishing


def test_a_killed_stream_holds_the_arm_and_another_begins_with_the_next_activation(graph, streamed):
    trial = streamed()
    trial.starts()
    trial.expert._loop._output._process.kill()
    assert trial.comes_to("holding", "the controller has vanished"), trial.values()
    assert trial.robot.alive and not trial.robot.reflexes
    trial.transition(4)
    trial.transition(3)
    assert trial.comes_to("waiting", "left without targets"), trial.values()
    trial.activates_the_follower_again()
    trial.succeeds()
