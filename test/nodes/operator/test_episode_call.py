"""`midp episode`, asked of a recorder of this process."""

import json
import os
import tty
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import rclpy
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.parameter import Parameter
from rclpy.task import Future
from std_msgs.msg import String
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError
from midp_ros.nodes.operator import episode_call, operator_node
from midp_ros.nodes.operator.episode_call import LATCHED, EpisodeCall

STATUS = {
    "state": "recording", "episode": 3, "seconds": 4.2, "kept": 2, "discarded": 1, "label": None, "folder": "data/x",
    "warnings": ["nothing on /a: its publisher is silent"], "flags": ["2 messages on /b were lost"], "free_disk_mb": 9,
}  # fmt: skip


class Recorder:
    """A recorder's interface, under a name that no other test's node has."""

    def __init__(self, graph):
        self.node, self.calls, self.notes = graph.add(rclpy.create_node("tape")), [], []
        group = ReentrantCallbackGroup()  # it works while an answer is awaited
        self.services = [
            self.node.create_service(Trigger, f"/tape/{verb}", partial(self.answer, verb), callback_group=group)
            for verb in episode_call.CALLS
        ]
        self.node.create_subscription(String, "/tape/note", lambda m: self.notes.append(m.data), 10)
        self.status = self.node.create_publisher(String, "/tape/status", LATCHED)
        self.answers = None  # until this future is done, none
        self.publish("recording")

    def publish(self, state, **more):
        self.status.publish(String(data=json.dumps({**STATUS, "state": state, **more})))

    async def answer(self, verb, request, response):
        self.calls.append(verb)
        if self.answers is not None:
            await self.answers
        self.publish({"start": "recording", "stop": "deciding"}.get(verb, "idle"))
        response.success, response.message = verb != "discard", f"{verb} done"
        return response


@pytest.fixture
def ask(graph, monkeypatch):
    monkeypatch.setattr(operator_node, "NAMESAKES_S", 0.1)
    monkeypatch.setattr(episode_call, "DISCOVERY_S", 3.0)
    pool = ThreadPoolExecutor(1)

    def command(verb, text="", node="tape", keys=()):
        overrides = [Parameter(name, value=v) for name, v in (("verb", verb), ("node", node), ("text", text))]
        call, pressed = EpisodeCall(parameter_overrides=overrides), iter(keys)
        monkeypatch.setattr(call, "_key", lambda: next(pressed))
        asked = pool.submit(call.carry_out)
        assert graph.spin_until(asked.done), "it hangs"
        call.close()
        call.destroy_node()
        return asked.result()

    yield command
    pool.shutdown()


def test_a_call_is_made_once_and_a_refusal_is_told(graph, ask):
    recorder = Recorder(graph)
    assert ask("success") == (True, "/tape: success done")
    assert ask("discard") == (False, "/tape: discard done")
    assert recorder.calls == ["success", "discard"]


def test_a_stop_is_waited_for_as_long_as_the_recorder_says_that_it_works(graph, ask, monkeypatch, capsys):
    monkeypatch.setattr(episode_call, "SILENCE_S", 0.8)
    monkeypatch.setattr(episode_call, "WORD_S", 0.5)
    recorder, said = Recorder(graph), []
    recorder.answers = Future()

    def works():
        said.append(len(said))
        recorder.publish("deciding", reporting_s=1.0 + len(said))
        if len(said) == 20:
            recorder.answers.set_result(None)

    recorder.node.create_timer(0.1, works)
    assert ask("stop") == (True, "/tape: stop done")
    assert "report is being made" in capsys.readouterr().err
    assert len(said) >= 20


def test_a_recorder_that_says_nothing_any_more_or_ends_is_not_waited_for(graph, ask, monkeypatch):
    monkeypatch.setattr(episode_call, "SILENCE_S", 0.8)
    recorder = Recorder(graph)
    recorder.answers = Future()
    with pytest.raises(CommandError, match="/tape has said nothing for 0.8 s"):
        ask("stop")
    monkeypatch.setattr(episode_call, "SILENCE_S", 40.0)
    monkeypatch.setattr(episode_call, "GONE_S", 0.3)
    recorder.node.create_timer(1.0, lambda: [recorder.node.destroy_service(each) for each in recorder.services])
    with pytest.raises(CommandError, match="/tape ended before it answered"):
        ask("stop")


def test_status_and_notes(graph, ask):
    recorder = Recorder(graph)
    done, said = ask("status")
    assert done and "recording, episode 3, 4.2 s; kept 2, discarded 1 in data/x, 9 MB are free" in said
    assert "FLAGGED: 2 messages on /b were lost" in said and "warning: nothing on /a" in said
    assert ask("note", "it: slipped")[0]
    assert graph.spin_until(lambda: recorder.notes == ["it: slipped"])
    with pytest.raises(CommandError, match="a note needs a text"):
        ask("note")
    with pytest.raises(CommandError, match="start takes no text"):
        ask("start", "extra")
    with pytest.raises(CommandError, match="no node /absent"):
        ask("status", node="absent")


def test_each_key_is_a_call(graph, ask, monkeypatch, capsys):
    recorder = Recorder(graph)
    monkeypatch.setattr(episode_call.sys, "stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr(episode_call.termios, "tcgetattr", lambda stream: [])
    monkeypatch.setattr(episode_call.termios, "tcsetattr", lambda *arguments: None)
    monkeypatch.setattr(episode_call.tty, "setcbreak", lambda stream: None)
    assert ask("keys", keys=" dxsq") == (True, "left; the recorder goes on")
    assert recorder.calls == ["stop", "discard", "success"]
    said = capsys.readouterr().out
    assert "space: start or stop" in said and "refused: discard done" in said


def test_keys_that_are_typed_together_come_one_by_one_and_a_closed_terminal_ends_them(graph, monkeypatch):
    outside, inside = os.openpty()
    with os.fdopen(inside) as terminal:
        monkeypatch.setattr(episode_call.sys, "stdin", terminal)
        call = EpisodeCall(parameter_overrides=[Parameter("verb", value="keys"), Parameter("node", value="tape")])
        tty.setcbreak(terminal)
        os.write(outside, b"s\nq")  # as a foot pedal types it
        assert [call._key() for _ in range(3)] == ["s", "\n", "q"]
        os.close(outside)
        assert call._key() == ""
        call.close()
        call.destroy_node()


def test_keys_need_a_terminal(graph, ask, monkeypatch):
    Recorder(graph)
    monkeypatch.setattr(episode_call.sys, "stdin", type("Pipe", (), {"isatty": lambda self: False})())
    with pytest.raises(CommandError, match="keys need a terminal"):
        ask("keys")


def test_a_status_of_another_kind_is_left_out(graph, ask):
    """Anybody's message may be on the recorder's topic."""
    recorder = Recorder(graph)
    for text in ("hello", "[1]", '{"state": 3}'):
        recorder.status.publish(String(data=text))
        with pytest.raises(CommandError, match="/tape publishes no status of a recorder"):
            ask("status")
    recorder.publish("idle")
    assert "/tape: idle, episode 3" in ask("status")[1]
