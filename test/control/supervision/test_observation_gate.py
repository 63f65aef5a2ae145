"""How long control steps wait, with a made-up clock, and topics at rates and phases of their own."""

import numpy as np
import pytest

from midp_ros.control.supervision.observation_gate import LOOK_S, PATIENCE_S, ObservationGate, patience


def waited_s(due_s, awaited, patience_s=PATIENCE_S, **times_s):
    """Of a step, when topics arrive at times [s] and are looked at regularly."""
    step, looked_s = ObservationGate(awaited, due_s + patience_s), due_s
    for now_s in due_s + LOOK_S * np.arange(1000):
        spoken = {name for name, t in times_s.items() if ((looked_s < t) & (t <= now_s)).any()}
        looked_s = now_s
        if step.ready(spoken, now_s):
            return now_s - due_s
    raise AssertionError("it never ran")


def every(period_s, phase_s):
    return np.arange(phase_s, 3.0, period_s)


@pytest.mark.parametrize("phase_s", [0.0004, 0.003, 0.0049, 0.0081])
def test_a_step_runs_when_what_is_awaited_has_come(phase_s):
    arm, tool = every(0.01, phase_s), every(0.01, phase_s + 0.0012)
    for due_s in (0.2, 0.301, 0.4095):
        both_s = max(t[t > due_s].min() for t in (arm, tool)) - due_s
        assert both_s <= waited_s(due_s, {"arm", "tool"}, arm=arm, tool=tool) < both_s + 1.01 * LOOK_S


def test_what_is_not_awaited_holds_nothing_up():
    camera = every(1 / 30, 0.01)
    assert waited_s(0.2, {"arm"}, arm=every(0.001, 0.0), camera=camera) < 0.002
    assert waited_s(0.2, set(), camera=camera) == 0.0


@pytest.mark.parametrize("names", [{"arm", "tool"}, {"tool"}])
def test_a_lost_message_delays_a_step_by_no_more_than_the_patience(names):
    arm, tool = every(0.01, 0.004), every(0.5, 0.3)
    assert waited_s(0.1, names, arm=arm, tool=tool) == pytest.approx(PATIENCE_S, abs=1.01 * LOOK_S)


def test_no_step_waits_for_more_than_half_of_it():
    assert patience(0.1) == PATIENCE_S and patience(0.01) == 0.005
    assert waited_s(0.1, {"arm"}, patience(0.01)) == pytest.approx(0.005, abs=1.01 * LOOK_S)
