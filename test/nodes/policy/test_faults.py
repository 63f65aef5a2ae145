"""What goes wrong while the arm moves: each fault ends in a hold within every limit, and in a clean recovery.

The stand-in's trajectory controller commands positions here, where the robot judges every millisecond.
"""

import shutil
import threading
import time
from pathlib import Path

import pytest
from commanded_motion import CommandedMotion
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.msg import Log
from std_srvs.srv import Trigger

from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.policy.policy_node import PolicyNode
from midp_ros.nodes.ros.status_conversions import values_from_status

ROOT = Path(__file__).parents[3]


class FaultyExpert(ExpertNode):
    """The expert, at its slowest, whose inference can be hung or broken, and whose clock can be set."""

    ahead_s = 0.0

    def __init__(self, **options):
        self.free, self.broken, self.asked = threading.Event(), False, threading.Event()
        self.free.set()
        super().__init__(**options)

    def now_s(self):
        return super().now_s() + self.ahead_s

    def load_policy(self):
        policy = super().load_policy()
        act = policy.act

        def faulty(*arguments, **named):
            self.asked.set()
            self.free.wait(20.0)
            if self.broken:
                raise RuntimeError("the model is on fire")
            return act(*arguments, **named)

        policy.act = faulty
        return policy


class Trial:
    """The reach expert drives the stand-in; the test lets something go wrong."""

    def __init__(self, graph, robot, **parameters):
        self.graph, self.robot = graph, robot
        self.motion = CommandedMotion(robot.node)
        self.diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        self.logs = graph.heard(graph.probe, Log, "/rosout", 100)
        # Slow, so that it takes some seconds, and far ahead, so that a busy machine does not matter.
        parameters = {"task": "reach", "velocity_fraction": 0.15, "lead_s": 0.15, **parameters}
        self.node = graph.build(FaultyExpert, **parameters)

    def values(self):
        statuses = [s for m in self.diagnostics for s in m.status if s.name.endswith("expert")]
        return values_from_status(statuses[-1]) if statuses else {}

    def comes_to(self, state, words="", limit_s=10.0):
        self.diagnostics.clear()
        return self.graph.spin_until(
            lambda: self.values().get("state") == state and words in self.values()["hold_reason"], limit_s
        )

    def starts(self):
        assert self.graph.spin_until(lambda: self.motion.moves), self.values()

    def hangs(self):
        """The inference that is asked for next does not answer."""
        self.node.free.clear()
        self.node.asked.clear()
        assert self.graph.spin_until(self.node.asked.is_set)

    def holds(self, words):
        """The log and the diagnostics say why, and the arm comes to rest without a reflex."""
        assert self.comes_to("holding", words), self.values()
        assert self.graph.spin_until(lambda: self.motion.rests), "the arm does not come to rest"
        assert self.graph.spin_until(lambda: any(words in log.msg for log in self.logs)), "not in the log"
        self.motion.assert_smooth()

    def recovers(self):
        """It goes on by itself and does the task."""
        assert self.comes_to("running"), self.values()
        done = lambda: self.robot.node._simulation.status().success  # noqa: E731
        assert self.graph.spin_until(done, 15.0), self.values()
        self.motion.assert_smooth()


@pytest.fixture
def trial(graph, stand_in):
    def start(stand_in_clock=False, **parameters):
        robot = stand_in(interface="position", seed=3, clock=stand_in_clock, refuse_steps=True)
        return Trial(graph, robot, **parameters)

    return start


def test_a_hung_inference_lets_the_arm_finish_its_chunk_and_rest(trial):
    t = trial()
    t.starts()
    t.node.free.clear()
    t.holds("inference has not answered")
    t.node.free.set()
    t.recovers()


def test_a_raising_inference_stops_the_arm(trial):
    t = trial()
    t.starts()
    t.node.broken = True
    t.holds("the model is on fire")
    t.node.broken = False
    t.recovers()


def test_a_robot_that_falls_silent_stops_the_arm(trial):
    t = trial()
    t.starts()
    publish = t.robot.node._states.publish
    t.robot.node._states.publish = lambda *arguments: None
    t.holds("stale observation")
    t.robot.node._states.publish = publish
    t.recovers()


def jump(graph, stand_in, jump_s):
    """Time jumps when the robot has taken what was sent so far: how it reads older stamps is another matter."""
    catch_up, jumped = stand_in._catch_up, []

    def then_jump():
        catch_up()
        if not jumped:
            stand_in._pace._total_s += jump_s
            jumped.append(True)

    stand_in._catch_up = then_jump
    assert graph.spin_until(lambda: jumped)


@pytest.mark.parametrize("jump_s", [30.0, -30.0])
def test_a_clock_that_jumps_stops_the_arm_until_the_operator_lets_it_go_on(graph, trial, jump_s):
    t = trial(stand_in_clock=True, use_sim_time=True)
    t.starts()
    t.hangs()
    jump(graph, t.robot.node, jump_s)
    assert t.comes_to("holding", "the clock has jumped by"), t.values()
    t.node.free.set()  # what it answers now was asked for before the jump
    t.holds("the clock has jumped by")
    assert graph.call(Trigger, "/expert/resume").success
    t.recovers()


def test_what_was_asked_for_before_the_clock_was_set_is_not_sent_after(graph, trial):
    t = trial()
    t.starts()
    t.hangs()
    sent, output, runner = [], t.node._loop._output, t.node._loop._runner
    send, output.send = output.send, lambda *arguments, **named: sent.append(1) or send(*arguments, **named)
    t.node.ahead_s = 30.0
    t.node.free.set()
    end_s = time.monotonic() + 10.0
    while runner._cycle.run.asked_s is not None and time.monotonic() < end_s:  # the answer comes while the node is busy
        time.sleep(0.01)
    assert runner._cycle.run.asked_s is None and not sent
    t.holds("the clock has jumped by +30")
    t.node.ahead_s = 0.0
    assert t.comes_to("holding", "the clock has jumped by")
    assert graph.call(Trigger, "/expert/resume").success
    t.recovers()


def test_another_publisher_of_commands_is_named(graph, trial):
    t = trial()
    t.starts()
    assert t.comes_to("running") and "/probe" in t.values()["other_publishers"]  # the stand-in's client
    assert graph.spin_until(lambda: any("another publisher can command the arm" in log.msg for log in t.logs))
    graph.probe.destroy_publisher(t.robot.trajectories)
    assert graph.spin_until(lambda: t.values()["other_publishers"] == "")
    t.recovers()


def test_another_model_in_the_file_s_place_is_refused_until_the_right_one_is_back(graph, tmp_path):
    model = tmp_path / "skill.onnx"

    def place(name):
        shutil.copy(ROOT / "models" / f"{name}.onnx", model)

    def transition(number):
        request = ChangeState.Request()
        request.transition.id = number
        return graph.call(ChangeState, "/policy/change_state", request).success

    def state():
        return graph.call(GetState, "/policy/get_state").current_state.label

    logs = graph.heard(graph.probe, Log, "/rosout", 100)
    place("reach")
    contract = ROOT / "config" / "contracts" / "reach.yaml"
    graph.build(PolicyNode, model=str(model), contract=str(contract))
    assert state() == "active"
    assert transition(4) and transition(2)
    place("pick")
    assert not transition(1)
    assert state() == "unconfigured"
    assert graph.spin_until(lambda: any("skill.onnx differs" in log.msg for log in logs))
    place("reach")
    assert transition(1) and transition(3)
    assert state() == "active"


def test_a_clock_that_begins_after_the_robot_has_spoken_is_no_silence_of_the_robot(graph, trial):
    t = trial(stand_in_clock=True, use_sim_time=True)
    clock, states = t.robot.node._time, t.robot.node._states
    tell_time, tell_states = clock.publish, states.publish
    clock.publish = lambda time_s: None
    assert graph.spin_until(lambda: t.node._loop._watchdog.external() is not None), "the robot speaks"
    assert t.node.now_s() == 0.0
    states.publish = lambda *arguments: None
    clock.publish = tell_time
    assert graph.spin_until(lambda: t.node.now_s() > 0.0)
    graph.spin_for(0.2)
    states.publish = tell_states
    t.starts()
    t.recovers()
    assert not [log.msg for log in t.logs if "silent" in log.msg]
