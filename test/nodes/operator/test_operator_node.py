"""The operator's commands, asked of nodes of this process; names that no other test's nodes have."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import GetState
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError
from midp_ros.nodes.operator import operator_node, policy_status
from midp_ros.nodes.operator.operator_node import OperatorNode
from midp_ros.nodes.ros.status_conversions import diagnostics_message, status_message


@pytest.fixture
def ask(graph, monkeypatch):
    """Carries one command out, while the other nodes of this process answer."""
    monkeypatch.setattr(operator_node, "DISCOVERY_S", 1.0)
    monkeypatch.setattr(operator_node, "NAMESAKES_S", 0.1)
    pool = ThreadPoolExecutor(1)

    def command(verb, node="skill"):
        overrides = [Parameter("verb", value=verb), Parameter("node", value=node)]
        operator = OperatorNode(parameter_overrides=overrides)
        asked = pool.submit(operator.carry_out)
        assert graph.spin_until(asked.done), "it hangs"
        operator.close()
        operator.destroy_node()
        return asked.result()

    yield command
    pool.shutdown()


def serve(graph, service, success=True, message=""):
    calls, name = [], service.rpartition("/")[0].strip("/").replace("/", "_")
    node = graph.add(rclpy.create_node(name, namespace=""))

    def answer(request, response):
        calls.append(service)
        response.success, response.message = success, message
        return response

    node.create_service(Trigger, service, answer)
    return calls


@pytest.mark.parametrize("verb", ["stop", "resume", "recover"])
def test_a_policy_s_service_is_called_once_and_its_answer_told(graph, ask, verb):
    calls = serve(graph, f"/skill/{verb}", message="done")
    assert ask(verb) == (True, "/skill: done")
    assert len(calls) == 1


def test_a_refusal_is_told_and_no_success(graph, ask):
    serve(graph, "/skill/resume", False, "cannot go on: the robot is in mode REFLEX")
    assert ask("resume") == (False, "/skill: cannot go on: the robot is in mode REFLEX")


def test_what_is_there_is_named_where_the_node_is_not(graph, ask):
    with pytest.raises(CommandError, match="no node /absent; nodes in ROS domain .*: .*/probe"):
        ask("stop", "absent")
    with pytest.raises(CommandError, match="node /probe has no service 'stop'"):
        ask("stop", "probe")


def test_one_answer_does_not_confirm_two_deployments_but_a_stop_reaches_all(graph, ask):
    calls = serve(graph, "/preparation/confirm")
    graph.add(rclpy.create_node("preparation"))
    with pytest.raises(CommandError, match="2 nodes are called /preparation"):
        ask("confirm", "preparation")
    assert not calls
    stops = serve(graph, "/skill/stop")
    graph.add(rclpy.create_node("skill"))
    assert ask("stop")[0] and stops


@pytest.fixture
def policy(graph):
    """Diagnostics of a policy, with the values that a test gives."""
    node = graph.add(rclpy.create_node("skill"))
    publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 1)

    def publish(**values):
        message = diagnostics_message(status_message("/skill", "ok", "", values), time.time())
        node.create_timer(0.1, lambda: publisher.publish(message))

    return publish


def test_the_status_of_a_policy_that_runs(ask, policy):
    policy(state="running", hold_reason="", robot_mode="MOVE", chunk_rate_hz=5.0, chunk_latency_p50_s=0.0012)
    runs, text = ask("status")
    assert runs and text.startswith("/skill: running\n")
    for words in ("MOVE", "5.0 a second, 1.2 ms each", "other publishers    none"):
        assert words in text
    assert "go on by" not in text and "rest to rest" not in text


def test_the_status_of_a_policy_says_when_its_trajectories_come_late(ask, policy):
    policy(state="running", hold_reason="", chunk_rate_hz=1.0, late_delivery=True)
    assert "motions             from rest to rest: a trajectory came late" in ask("status")[1]


@pytest.mark.parametrize("reason, remedy", [
    ("stopped by the operator; call /policy/resume to go on", "`midp resume`"),
    ("the robot is in mode REFLEX; call /policy/recover when the arm is free to move", "`midp recover`"),
    ("stale observation of joint_position", "itself, as soon as"),
])  # fmt: skip
def test_the_status_of_a_policy_that_holds_says_how_it_goes_on(ask, policy, reason, remedy):
    policy(state="holding", hold_reason=reason, other_publishers="/panel")
    runs, text = ask("status")
    assert not runs and reason in text and "/panel" in text
    assert text.splitlines()[-1].startswith("go on by") and remedy in text.splitlines()[-1]


def test_without_a_policy_there_is_no_status(ask, monkeypatch):
    monkeypatch.setattr(policy_status, "DISCOVERY_S", 0.3)
    with pytest.raises(CommandError, match="no node /skill"):
        ask("status")


@pytest.mark.parametrize("deploys, words", [(False, "until it is activated"), (True, "`midp confirm` answers")])
def test_the_status_of_a_policy_that_is_not_active(graph, ask, deploys, words):
    node = graph.add(rclpy.create_node("skill"))

    def answer(request, response):
        response.current_state.label = "inactive"
        return response

    node.create_service(GetState, "/skill/get_state", answer)
    if deploys:
        serve(graph, "/deployment/confirm")
    runs, text = ask("status")
    assert not runs and text.startswith("/skill: inactive") and words in text


def test_the_command_is_quick_and_ends_with_the_answer_s_status(graph):
    """As a user types it; in a namespace, too."""
    serve(graph, "/left/policy/stop", False, "not active")
    command = [sys.executable, "-m", "midp_ros.cli.main", "stop", "--namespace", "left"]
    process = subprocess.Popen(
        command, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert graph.spin_until(lambda: process.poll() is not None, 30.0)
    output, errors = process.communicate()
    assert (process.returncode, output, errors) == (1, "/left/policy: not active\n", "")
