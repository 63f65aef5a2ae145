"""When control steps run, with a made-up clock: a timer's grid, and topics at rates and phases of their own."""

import numpy as np
import pytest

from midp_ros.control.fresh_step import PATIENCE_S, FreshStep

STEP_S = 0.1


def run(topics, lasts_s=3.0, first_s=7.0):
    """Times [s] of the steps, counted from the timer's start, with topics' times of arrival."""
    steps, ran = FreshStep(STEP_S, topics), []
    events = [(first_s + (k + 1) * STEP_S, None) for k in range(round(lasts_s / STEP_S))]
    events += [(first_s + t, name) for name, times_s in topics.items() for t in times_s if t < lasts_s]
    for time_s, name in sorted(events, key=lambda e: e[0]):
        if steps.latest(time_s) if name is None else steps.heard(name, time_s):
            ran.append(time_s - first_s)
    return np.array(ran)


def every(period_s, phase_s):
    return np.arange(phase_s, 3.0, period_s)


@pytest.mark.parametrize("phase_s", [0.0004, 0.003, 0.0049, 0.0081])
def test_each_step_runs_when_what_was_awaited_has_come(phase_s):
    arm, tool = every(0.01, phase_s), every(0.01, phase_s + 0.0012)
    steps = run({"arm": arm, "tool": tool})[1:]
    newest = [max(t[t <= at + 1e-9].max() for t in (arm, tool)) for at in steps]
    np.testing.assert_allclose(steps, newest)  # at an arrival, without any age
    oldest = [min(t[t <= at + 1e-9].max() for t in (arm, tool)) for at in steps]
    assert (steps - oldest < 0.01).all()
    np.testing.assert_allclose(np.diff(steps), STEP_S, atol=1e-9)
    late_s = steps % STEP_S
    assert ((late_s >= STEP_S - PATIENCE_S - 1e-9) | (late_s <= 1e-9)).all()


def test_a_slow_topic_is_not_waited_for():
    arm = every(0.001, 0.0)
    steps = run({"arm": arm, "gripper": every(1 / 15, 0.02), "camera": every(1 / 30, 0.01)})[2:]
    due_s = STEP_S * np.arange(3, len(steps) + 3) - PATIENCE_S
    np.testing.assert_allclose(steps, due_s, atol=0.0011)


@pytest.mark.parametrize("lost", [3, 10])
def test_a_lost_message_delays_a_step_by_no_more_than_the_patience_and_none_is_left_out(lost):
    arm, tool = every(0.01, 0.004), np.delete(every(0.01, 0.005), np.s_[::lost])
    steps = run({"arm": arm, "tool": tool})
    np.testing.assert_array_equal(np.round((steps + PATIENCE_S / 2) / STEP_S), np.arange(1, len(steps) + 1))
    assert len(steps) in (29, 30)


def test_when_everything_falls_silent_the_steps_go_on_at_their_latest_times():
    arm = every(0.01, 0.004)
    steps = run({"arm": arm[arm < 1.0]})
    np.testing.assert_allclose(steps[steps > 1.0], np.arange(11, 31) * STEP_S)


def test_no_step_is_late_by_more_than_half_of_it_at_high_rates():
    steps = FreshStep(0.01, ["arm"])
    assert steps.latest(0.0) and not steps.heard("arm", 0.0049) and steps.heard("arm", 0.0051)
    assert not steps.heard("arm", 0.0061) and not steps.latest(0.01)


def test_a_step_opens_once_before_it_runs():
    steps = FreshStep(STEP_S, ["arm"])
    assert steps.latest(0.0) and not steps.opens(0.079)
    assert steps.opens(0.086) and not steps.opens(0.087) and steps.heard("arm", 0.087) and not steps.opens(0.088)
    assert not steps.latest(0.1) and steps.opens(0.186)


def test_a_clock_that_jumps_back_costs_no_more_than_a_step():
    steps = FreshStep(STEP_S, ["arm"])
    assert steps.latest(100.0)
    assert not steps.heard("arm", 50.0) and steps.latest(50.1) and steps.heard("arm", 50.19)
