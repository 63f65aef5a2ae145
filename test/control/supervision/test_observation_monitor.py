"""The watchdog with a clock made of numbers."""

import re
from pathlib import Path

import numpy as np
import pytest

from midp_ros.control import ObservationMonitor, Sample, State
from midp_ros.core.contract import Contract

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "reach.yaml")


def good(time_s=0.0):
    return {e.name: Sample(time_s, np.full(e.size, 0.5)) for e in CONTRACT.observation}


def test_it_waits_then_runs_then_holds_then_resumes():
    watch = ObservationMonitor(CONTRACT, max_age_s=0.5)
    assert watch.state is State.WAITING
    assert watch.observe(0.0, {}) is None and watch.state is State.WAITING
    np.testing.assert_array_equal(watch.observe(0.1, good(0.1)), np.full(CONTRACT.observation_size, 0.5))
    assert watch.state is State.RUNNING and watch.reason == ""
    assert watch.observe(0.9, good(0.1)) is None and watch.state is State.HOLDING
    assert watch.observe(1.0, good(1.0)) is not None and watch.state is State.RUNNING


def test_a_missing_entry_is_named_with_its_topic():
    samples = good()
    del samples["goal_position"], samples["goal_rotation"]
    watch = ObservationMonitor(CONTRACT, 0.5)
    assert watch.observe(0.0, samples) is None
    assert watch.reason == "no observation yet of goal_position, goal_rotation: nothing on /task/goal_pose"


@pytest.mark.parametrize("age_s, runs", [(0.49, True), (0.51, False)])
def test_the_oldest_entry_decides(age_s, runs):
    samples = good(10.0)
    samples["tool_position"] = Sample(10.0 - age_s, samples["tool_position"].value)
    watch = ObservationMonitor(CONTRACT, 0.5)
    assert (watch.observe(10.0, samples) is not None) == runs
    assert watch.age_s == pytest.approx(age_s)
    if not runs:
        assert watch.reason == "stale observation of tool_position: 0.51 s old, the limit is 0.5 s"


@pytest.mark.parametrize(
    "sample, words",
    [
        (Sample(0.0, problem="joint state lacks 'fr3_joint3'"), "bad observation of joint_position: joint state lacks"),
        (Sample(0.0, np.array([0, 0, np.nan, 0, 0, 0, 0])), "'joint_position' is not finite"),
        (Sample(0.0, np.zeros(6)), r"shape \(6,\), the contract asks for \(7,\)"),
    ],
)
def test_a_bad_entry_holds_and_says_why(sample, words):
    watch = ObservationMonitor(CONTRACT, 0.5)
    watch.observe(0.0, good())
    assert watch.observe(0.1, {**good(), "joint_position": sample}) is None
    assert watch.state is State.HOLDING
    assert re.search(words, watch.reason)


def test_a_failing_policy_holds_until_it_succeeds():
    watch = ObservationMonitor(CONTRACT, 0.5)
    watch.observe(0.0, good())
    watch.failed("inference failed: out of memory")
    assert watch.state is State.HOLDING
    assert watch.observe(0.1, good(0.1)) is not None  # it may try again
    assert watch.state is State.HOLDING and "out of memory" in watch.reason
    watch.succeeded()
    assert watch.state is State.RUNNING


def test_news_is_reported_once_and_a_lasting_hold_now_and_then():
    watch = ObservationMonitor(CONTRACT, 0.5)
    reports = []
    for k in range(100):
        time_s = k / 10
        watch.observe(time_s, good(min(time_s, 1.0)))
        if news := watch.report(time_s):
            reports.append((time_s, news[0]))
    assert reports == [(0.0, State.RUNNING), (1.6, State.HOLDING), (6.6, State.HOLDING)]


def test_what_forbids_motion_comes_before_everything_else():
    watch = ObservationMonitor(CONTRACT, 0.5)
    watch.forbid("the robot is in mode REFLEX")
    assert watch.observe(0.0, good()) is None and watch.state is State.WAITING
    watch.forbid("")
    assert watch.observe(0.1, good(0.1)) is not None and watch.state is State.RUNNING
    watch.forbid("stopped by the operator")
    assert watch.observe(0.2, good(0.2)) is None
    assert watch.state is State.HOLDING and watch.reason == "stopped by the operator"


class Implausible:
    def reset(self):
        pass

    def problem(self, samples):
        return "implausible goal" if samples.get("goal_position", Sample(0.0)).value is not None else ""


@pytest.mark.parametrize(
    "goal", [None, Sample(0.0, np.ones(3)), Sample(9.9, problem="no transform"), Sample(9.9, np.ones(3))]
)
def test_what_is_not_needed_now_does_not_hold_the_arm_and_is_nan(goal):
    """As where a person drives, who sees the scene: missing, stale, bad and implausible."""
    samples = good(10.0)
    samples = {name: s for name, s in samples.items() if name != "goal_position"} | (
        {"goal_position": goal} if goal else {}
    )
    needed = {e.name for e in CONTRACT.observation}
    watch = ObservationMonitor(CONTRACT, 0.5, Implausible(), lambda: needed)
    assert watch.observe(10.0, samples) is None and "goal" in watch.reason
    needed -= {"goal_position", "goal_rotation"}
    vector = watch.observe(10.0, samples)
    lost = np.isnan(vector)
    assert watch.state is State.RUNNING and np.flatnonzero(lost).tolist() == list(
        range(*CONTRACT.observation_slices["goal_position"].indices(len(vector)))
    )
    samples["joint_position"] = Sample(9.0, samples["joint_position"].value)
    assert watch.observe(10.0, samples) is None and "stale observation of joint_position" in watch.reason
