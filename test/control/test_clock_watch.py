"""A clock that jumps, told from one that runs at another pace or stands still."""

import pytest

from midp_ros.control.clock_watch import ClockWatch


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
