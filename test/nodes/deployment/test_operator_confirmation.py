"""The operator's yes: by a service or typed, for one question of one deployment."""

import os

import pytest
import rclpy
from other_process import other_process
from std_srvs.srv import Trigger

from midp_ros.launching.terminal import VARIABLE
from midp_ros.nodes.deployment import operator_confirmation
from midp_ros.nodes.deployment.operator_confirmation import OperatorConfirmation


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
