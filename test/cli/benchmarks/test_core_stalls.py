"""A core that stands still is told from load by a thread that nothing else is scheduled before."""

import math
import os
import time

from own_time import own_time

from midp_ros.cli.benchmarks import core_stalls
from midp_ros.cli.benchmarks.core_stalls import LOOK_S, CoreStalls


def test_a_late_clock_is_a_stall(monkeypatch):
    monkeypatch.setattr(os, "sched_setscheduler", lambda *_: None)
    jumped = [0.0]
    own_time(monkeypatch, core_stalls, monotonic=lambda: time.monotonic() + jumped[0])
    with CoreStalls() as stalls:
        time.sleep(3 * LOOK_S)
        before_s, jumped[0] = stalls.longest_s, 5.0
        time.sleep(3 * LOOK_S)
    assert before_s < 5.0 <= stalls.longest_s < 7.0


def test_without_real_time_priority_nothing_is_claimed(monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with CoreStalls() as stalls:
        time.sleep(LOOK_S)
    assert math.isnan(stalls.longest_s)
