"""A clock that jumps, told from one that runs at another pace or stands still."""

import pytest

from midp_ros.control.supervision.clock_watch import ClockWatch, StampWatch


@pytest.mark.parametrize("pace", [0.0, 0.05, 1.0, 5.0])
def test_a_clock_of_any_pace_has_not_jumped(pace):
    watch = ClockWatch()
    assert [watch.look(1000.0 + pace * 0.1 * i, 0.1 * i) for i in range(100)] == [0.0] * 100


def test_a_long_pause_between_two_looks_is_no_jump():
    watch = ClockWatch()
    watch.look(1000.0, 0.0)
    assert watch.look(1060.0, 60.0) == 0.0


@pytest.mark.parametrize("jump_s", [-30.0, -0.01, 2.0, 3600.0])
def test_a_jump_is_told_once(jump_s):
    watch = ClockWatch()
    watch.look(1000.0, 0.0)
    assert watch.look(1000.0 + jump_s, 0.1) == pytest.approx(jump_s)
    assert watch.look(1000.1 + jump_s, 0.2) == 0.0


def test_a_sender_whose_clock_is_set_back_is_noticed_once():
    watch = StampWatch()
    assert watch.look({"arm": 100.0, "tool": 100.0}) == 0.0
    assert watch.look({"arm": 100.1, "tool": 70.1}) == pytest.approx(-29.9)
    assert watch.look({"arm": 70.2, "tool": 70.2}) == pytest.approx(-29.9)
    assert watch.look({"arm": 70.3, "tool": 70.3}) == 0.0


def test_a_sender_that_lags_catches_up_or_is_new_has_not_jumped():
    watch = StampWatch()
    stamps_s = [100.0, 100.0, 100.01, 102.5, 102.4, 130.0]  # paused, catching up, out of order, back after a silence
    assert [watch.look({"arm": s}) for s in stamps_s] == [0.0] * 6
    assert watch.look({"camera": 3.0}) == 0.0 == watch.look({})
