"""Percentiles against numpy's."""

import math

import numpy as np
import pytest

from midp_ros.control.timing.duration_histogram import DurationHistogram


def filled(durations_s):
    histogram = DurationHistogram()
    for duration_s in durations_s:
        histogram.add(float(duration_s))
    return histogram


@pytest.mark.parametrize("percent", [1.0, 50.0, 99.0, 99.9, 100.0])
def test_percentiles_are_those_of_the_durations_or_a_little_above(percent):
    durations_s = np.random.default_rng(0).lognormal(-6.0, 1.0, 20_000)
    true_s = np.percentile(durations_s, percent, method="inverted_cdf")
    found_s = filled(durations_s).percentile_s(percent)
    assert true_s <= found_s * (1 + 1e-12) and found_s <= 1.021 * true_s


def test_what_is_out_of_its_range_counts_at_its_ends():
    histogram = filled([0.0, 1e-9, 1e6])
    assert histogram.percentile_s(50.0) == 1e-6 and histogram.max_s == 1e6


def test_counts_are_written_and_read_added_and_subtracted():
    durations_s = np.random.default_rng(0).lognormal(-6.0, 1.0, 1000)
    first, both = filled(durations_s[:400]), filled(durations_s)
    for found, expected in (
        (DurationHistogram.from_text(both.text()), both),
        (both - first, filled(durations_s[400:])),
        (first + (both - first), both),
    ):
        assert found.text() == expected.text()
        assert found.max_s == pytest.approx(expected.max_s, rel=0.021)
    assert math.isnan((both - both).max_s) and DurationHistogram.from_text("").text() == ""


def test_before_the_first_there_is_no_percentile():
    assert math.isnan(DurationHistogram().percentile_s(99.0)) and math.isnan(DurationHistogram().max_s)
