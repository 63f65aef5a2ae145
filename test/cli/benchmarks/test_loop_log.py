"""What is made of the reports of a run, on a machine that is told."""

import os

import pytest
from own_time import own_time

from midp_ros.cli.benchmarks import loop_log
from midp_ros.cli.benchmarks.loop_log import LoopLog
from midp_ros.control.timing.duration_histogram import DurationHistogram


class Machine:
    """Two cores; `stolen_s` of them in all."""

    def __init__(self, monkeypatch):
        self.time_s = self.stolen_s = 0.0
        own_time(monkeypatch, loop_log, monotonic=lambda: self.time_s)
        monkeypatch.setattr(loop_log, "machine_s", lambda: (2 * self.time_s, self.stolen_s))
        monkeypatch.setattr(loop_log, "cpu_s", lambda pid: 0.25 * self.time_s)
        monkeypatch.setattr(loop_log, "with_children", lambda pid: [pid])


def test_only_windows_in_which_nothing_was_stolen_are_quiet(monkeypatch):
    machine, log = Machine(monkeypatch), LoopLog(os.getpid())
    response, jitter, missed = DurationHistogram(), DurationHistogram(), 0
    for second in range(21):
        if 5 < second <= 10:  # the second of four windows
            machine.stolen_s += 0.5
            missed += 1
        disturbed = 5 < second <= 10
        response.add(0.1 if disturbed else 0.01)
        jitter.add(0.05 if disturbed else 0.001)
        counts = {"observation_to_command_counts": response.text(), "stream_jitter_counts": jitter.text()}
        machine.time_s = float(second)
        log.add({**counts, "missed_stream_deadlines": str(missed)})
    quiet = log.quiet()
    assert quiet.lasted_s == 15.0 and quiet.missed == 0
    assert quiet.response.max_s == pytest.approx(0.01, rel=0.02)
    assert quiet.jitter.max_s == pytest.approx(0.001, rel=0.02)
    assert sum(int(item.split(":")[1]) for item in quiet.response.text().split()) == 15
    cost = log.cost()
    assert cost["policy_cpu_share"] == pytest.approx(0.25) and cost["stolen_share"] == pytest.approx(2.5 / 40)
    assert cost["policy_rss_mb"] > 10


def test_before_the_first_report_nothing_is_known():
    log = LoopLog(os.getpid())
    assert log.values == {} and log.quiet().lasted_s == 0.0
