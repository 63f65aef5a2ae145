"""From observations to commands, with a made-up clock."""

import math

import pytest
from own_time import own_time

from midp_ros.control.streaming import command_timing
from midp_ros.control.streaming.command_timing import CommandTiming


def test_the_first_command_of_a_chunk_counts_from_its_observation_and_no_other_does(monkeypatch):
    figures = CommandTiming(0.01)
    figures.departed(None)
    assert math.isnan(figures.response.max_s)
    own_time(monkeypatch, command_timing, time=lambda: 100.012)
    figures.departed(100.0)
    own_time(monkeypatch, command_timing, time=lambda: 100.5)
    figures.departed(None, missed=3)
    assert figures.response.max_s == pytest.approx(0.012)
    assert figures.stream.missed == 3
