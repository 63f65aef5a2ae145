"""Jitter and missed deadlines of made-up beats."""

import math

import pytest

from midp_ros.control import Regularity


def test_jitter_is_the_distance_from_the_period_and_late_beats_are_counted():
    regularity = Regularity(0.01)
    assert math.isnan(regularity.jitter_p99_s)
    time_s = 0.0
    for k in range(500):
        time_s += 0.013 if k % 10 == 0 else 0.01
        regularity.beat(time_s)
    assert regularity.jitter_p99_s == pytest.approx(0.003) and regularity.missed == 0
    regularity.beat(time_s + 0.021)
    assert regularity.missed == 1
