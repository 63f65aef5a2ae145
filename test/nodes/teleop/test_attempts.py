"""Attempts: a sentry's recording knows from when on it is of interest as soon as something goes wrong."""

from types import SimpleNamespace

import pytest

from midp_ros.control import State
from midp_ros.nodes.teleop import episode_buttons
from midp_ros.nodes.teleop.attempts import Attempts
from midp_ros.teleop.strategies import BEFORE_S, Strategy


class Session:
    def __init__(self, strategy):
        self.published, self.pressed = [], []
        node = SimpleNamespace(create_subscription=lambda *_: None)
        self.attempts = Attempts(
            node, Strategy(strategy), lambda event: self.pressed.append(event) or True, self.publish, lambda: 50.0
        )
        self.attempts.look(State.RUNNING, "")

    def publish(self, event, **values):
        self.published.append((event, values.get("time_s")))

    def times_s(self, event):
        return [time_s for name, time_s in self.published if name == event]


@pytest.mark.parametrize("ended_by", ["episode_stop", "episode_keep", "episode_success"])
def test_an_attempt_that_a_person_ends_is_cut_before_its_first_incident(ended_by):
    session = Session("sentry")
    session.attempts.driver("correction", 30.0)
    session.attempts.driver("policy", 32.0)
    session.attempts.driver("correction", 40.0)
    session.attempts.button(ended_by)
    assert session.times_s("keep_since") == [30.0 - BEFORE_S], "the first incident decides"


def test_a_new_attempt_begins_anew_and_other_strategies_keep_all():
    session = Session("sentry")
    session.attempts.look(State.HOLDING, "stale observation")
    session.attempts.button("episode_start")
    session.attempts.driver("correction", 90.0)
    assert session.times_s("keep_since") == [50.0 - BEFORE_S, 90.0 - BEFORE_S]
    session = Session("dagger")
    session.attempts.driver("correction", 30.0)
    assert session.times_s("incident") == [30.0] and not session.times_s("keep_since")


def test_an_answer_of_the_recorder_leaves_the_screen_after_a_while(monkeypatch):
    logger = SimpleNamespace(info=lambda text: None, warning=lambda text: None)
    client = SimpleNamespace(service_is_ready=lambda: False, srv_name="recorder/start")
    node = SimpleNamespace(create_client=lambda *_: client, get_logger=lambda: logger)
    monkeypatch.setattr(episode_buttons, "Deadline", lambda *_: None)
    buttons = episode_buttons.EpisodeButtons(node, "recorder")
    assert buttons.press("episode_start") and "no recorder answers" in buttons.answer
    monkeypatch.setattr(episode_buttons, "SHOWN_S", 0.0)
    assert buttons.answer == ""
