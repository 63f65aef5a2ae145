"""Jitter and missed deadlines of made-up beats."""

import math

import pytest

from midp_ros.control import Jitter


def test_jitter_is_the_distance_from_the_period_and_late_beats_are_counted():
    regularity = Jitter(0.01)
    assert math.isnan(regularity.jitter.percentile_s(99.0)) and math.isnan(regularity.jitter.max_s)
    time_s = 0.0
    for k in range(500):
        time_s += 0.013 if k % 10 == 0 else 0.01
        regularity.beat(time_s)
    assert regularity.jitter.percentile_s(99.0) == pytest.approx(0.003, rel=0.02) and regularity.missed == 0
    regularity.beat(time_s + 0.021)
    assert regularity.missed == 1 and regularity.jitter.max_s == pytest.approx(0.011)
    regularity.beat(time_s + 0.021 + 0.055)
    assert regularity.missed == 5


def test_missed_deadlines_may_be_given():
    regularity = Jitter(0.01)
    regularity.beat(0.0)
    regularity.beat(0.019, missed=1)
    regularity.beat(0.05, missed=0)
    assert regularity.missed == 1


def test_a_pause_counts_for_nothing():
    regularity = Jitter(0.01)
    regularity.beat(0.0)
    regularity.pause()
    regularity.beat(7.0)
    assert regularity.missed == 0 and math.isnan(regularity.jitter.max_s)
    regularity.beat(7.01)
    assert regularity.jitter.max_s == pytest.approx(0.0, abs=1e-9)
