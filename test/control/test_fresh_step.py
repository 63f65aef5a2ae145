"""How long control steps wait, with a made-up clock, and topics at rates and phases of their own."""

import numpy as np
import pytest

from midp_ros.control.fresh_step import LOOK_S, PATIENCE_S, await_fresh, patience


class Topics:
    """Messages' times of arrival [s] by topic, and a clock that stands still but for sleeping."""

    def __init__(self, due_s, **times_s):
        self.now_s, self.due_s, self.times_s = due_s, due_s, times_s
        self.looked_s = due_s

    def take(self):
        since_s, self.looked_s = self.looked_s, self.now_s
        return {name for name, t in self.times_s.items() if ((since_s < t) & (t <= self.now_s)).any()}

    def sleep(self, duration_s):
        self.now_s += duration_s

    def waited_s(self, *awaited, patience_s=PATIENCE_S):
        await_fresh(self.take, set(awaited), patience_s, lambda: self.now_s, self.sleep)
        return self.now_s - self.due_s


def every(period_s, phase_s):
    return np.arange(phase_s, 3.0, period_s)


@pytest.mark.parametrize("phase_s", [0.0004, 0.003, 0.0049, 0.0081])
def test_a_step_runs_when_what_is_awaited_has_come(phase_s):
    arm, tool = every(0.01, phase_s), every(0.01, phase_s + 0.0012)
    for due_s in (0.2, 0.301, 0.4095):
        waited_s = Topics(due_s, arm=arm, tool=tool).waited_s("arm", "tool")
        both_s = max(t[t > due_s].min() for t in (arm, tool)) - due_s
        assert both_s <= waited_s < both_s + 1.01 * LOOK_S


def test_what_is_not_awaited_holds_nothing_up():
    assert Topics(0.2, arm=every(0.001, 0.0), camera=every(1 / 30, 0.01)).waited_s("arm") < 0.002
    assert Topics(0.2, camera=every(1 / 30, 0.01)).waited_s() == 0.0


@pytest.mark.parametrize("names", [("arm", "tool"), ("tool",)])
def test_a_lost_message_delays_a_step_by_no_more_than_the_patience(names):
    arm, tool = every(0.01, 0.004), every(0.5, 0.3)
    assert Topics(0.1, arm=arm, tool=tool).waited_s(*names) == pytest.approx(PATIENCE_S, abs=1.01 * LOOK_S)


def test_no_step_waits_for_more_than_half_of_it():
    assert patience(0.1) == PATIENCE_S and patience(0.01) == 0.005
    assert Topics(0.1).waited_s("arm", patience_s=patience(0.01)) == pytest.approx(0.005, abs=1.01 * LOOK_S)
