"""The operator's yes: by a service or typed, for one question of one deployment."""

import os
import pty
import signal
import sys
from functools import partial
from types import SimpleNamespace

import pytest
import rclpy
from other_process import other_process
from std_srvs.srv import Trigger

from midp_ros.launching.terminal import CONTROLLING, VARIABLE
from midp_ros.nodes.deployment import operator_confirmation
from midp_ros.nodes.deployment.deployment_node import DeploymentNode
from midp_ros.nodes.deployment.operator_confirmation import OperatorConfirmation
from midp_ros.nodes.policy.replay_node import ReplayNode


@pytest.fixture
def keyboard(monkeypatch):
    """What a launcher hands on of its terminal."""
    read, write = os.pipe()
    with os.fdopen(read) as stdin, os.fdopen(write, "w", buffering=1) as keys:
        monkeypatch.setattr(operator_confirmation.sys, "stdin", stdin)
        monkeypatch.setitem(os.environ, VARIABLE, "1")
        yield keys


@pytest.fixture
def confirmation(graph):
    return lambda: OperatorConfirmation(graph.add(rclpy.create_node("deployment")))


def waits(question):
    """Whether it still waits after two looks."""
    return all(next(question, "agreed") is None for _ in range(2))


@pytest.mark.parametrize(
    "typed, agreed", [("\n", True), ("yes\n", True), ("Y\n", True), ("no\n", False), ("stop\n", False)]
)
def test_enter_confirms_and_other_words_do_not(keyboard, confirmation, typed, agreed):
    question = confirmation().ask("move")
    assert waits(question)
    keyboard.write(typed)
    assert waits(question) != agreed


def test_what_was_typed_before_the_question_does_not_count(keyboard, confirmation):
    asking = confirmation()
    keyboard.write("\n\n")
    question = asking.ask("move")
    assert waits(question)
    keyboard.write("\n")
    assert not waits(question)
    assert waits(asking.ask("let the policy move"))


def test_a_terminal_that_is_closed_confirms_nothing(keyboard, confirmation):
    question = confirmation().ask("move")
    assert waits(question)
    keyboard.close()
    assert waits(question)


CHILD = """
import os
from types import SimpleNamespace
from midp_ros.nodes.deployment.operator_confirmation import OperatorConfirmation
from midp_ros.nodes.policy.replay_node import ReplayNode
log = SimpleNamespace(warning=lambda text, **_: print(text, flush=True))
node = SimpleNamespace(
    create_publisher=lambda *_: SimpleNamespace(publish=lambda message: None), create_service=lambda *_: None,
    get_logger=lambda: log, get_fully_qualified_name=lambda: "/deployment",
)
for _ in OperatorConfirmation(node).ask("move"):
    pass
print("confirmed", flush=True)
"""


@pytest.mark.processes
@pytest.mark.parametrize("given, confirmed", [(CONTROLLING, True), ("", False)])
def test_enter_in_the_terminal_of_ros_2_s_own_launch(given, confirmed):
    """Its processes have a pipe for a standard input; the terminal is that of their session."""
    child, terminal = pty.fork()
    if child == 0:
        os.dup2(os.pipe()[0], 0)
        os.execve(sys.executable, [sys.executable, "-c", CHILD], {**os.environ, VARIABLE: given})
    said = ""
    try:
        while "midp confirm" not in said:
            said += os.read(terminal, 4096).decode()
        assert ("press Enter" in said) == confirmed
        if confirmed:
            os.write(terminal, b"\n")
            while "confirmed" not in said:
                said += os.read(terminal, 4096).decode()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def test_a_service_confirms_one_question_once(graph, confirmation):
    question = confirmation().ask("move")
    assert waits(question)
    assert graph.call(Trigger, "/deployment/confirm").message == "confirmed: move"
    assert not graph.call(Trigger, "/deployment/confirm").success
    assert not waits(question)


def test_one_answer_does_not_confirm_two_deployments(graph, confirmation):
    question = confirmation().ask("move")
    assert waits(question)
    with other_process("deployment"):
        names = graph.probe.get_node_names
        assert graph.spin_until(lambda: names().count("deployment") == 2)
        answer = graph.call(Trigger, "/deployment/confirm")
        assert not answer.success and "another node is called /deployment" in answer.message
        assert waits(question)
    assert graph.spin_until(lambda: names().count("deployment") == 1)
    assert graph.call(Trigger, "/deployment/confirm").success


def test_one_answer_does_not_send_two_arms_home_nor_begin_two_replays(graph):
    """Nor start two recordings: test_recorder_node.py."""
    deployment = graph.build(DeploymentNode, model="reach", patience_s=60.0)
    replay = graph.add(rclpy.create_node("replay"))
    replay._policy = SimpleNamespace(start=True, progress=(0, 5), release=lambda: released.append(True))
    replay.create_service(Trigger, "/replay/confirm", partial(ReplayNode._on_confirm, replay))
    released = []
    with other_process("deployment"), other_process("replay"):
        names = graph.probe.get_node_names
        assert graph.spin_until(lambda: names().count("deployment") == names().count("replay") == 2)
        for service in ("/deployment/home", "/replay/confirm"):
            answer = graph.call(Trigger, service)
            assert not answer.success and f"another node is called {service.rsplit('/', 1)[0]}, too" in answer.message
    assert graph.spin_until(lambda: names().count("deployment") == names().count("replay") == 1)
    assert graph.call(Trigger, "/deployment/home").message == "not deployed yet" and not released
    assert graph.call(Trigger, "/replay/confirm").message == "the replay begins" and released == [True]
    assert deployment.exit_code is None
