"""Strategies: which of the recorder's services an attempt calls."""

import pytest

from midp_ros.core.errors import UnknownNameError
from midp_ros.teleop.strategies import BEFORE_S, Strategy


@pytest.mark.parametrize(
    "name, wrong, success, begin, end",
    [
        ("base", True, True, [], []),
        ("episodic", False, True, ["start"], ["stop", "success", "keep"]),
        ("episodic", False, False, ["start"], ["stop", "failure", "keep"]),
        ("dagger", True, None, ["start"], ["stop", "keep"]),
        ("dagger", False, True, ["start"], ["stop", "success", "keep"]),
        ("sentry", False, True, ["start"], ["stop", "discard"]),
        ("sentry", True, False, ["start"], ["stop", "failure", "keep"]),
    ],
)
def test_an_attempt(name, wrong, success, begin, end):
    strategy = Strategy(name)
    strategy.incident(3.0)  # before it began
    assert strategy.begins() == [f"episode_{verb}" for verb in begin] and strategy.under_way
    if wrong:
        strategy.incident(25.0)
        strategy.incident(30.0)
    since_s = strategy.keep_since_s
    assert strategy.ends(success) == [f"episode_{verb}" for verb in end] and not strategy.under_way
    assert since_s == (25.0 - BEFORE_S if name == "sentry" and wrong else None)


def test_an_attempt_that_a_person_ended_is_not_ended_twice():
    strategy = Strategy("dagger")
    strategy.begins()
    strategy.dropped()
    assert strategy.ends(True) == []


def test_only_the_policy_acts_in_an_episodic_evaluation():
    assert [Strategy(name).corrects for name in ("base", "episodic", "dagger", "sentry")] == [True, False, True, True]


def test_an_unknown_strategy_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="base, dagger, episodic, sentry"):
        Strategy("highlight")
