"""Rates and ages from messages' times."""

import pytest

from midp_ros.doctor import TopicRate

START_NS = 1_800_000_000 * 10**9
MS = 10**6


def test_rate_age_and_delay_of_a_hundred_hertz():
    tally = TopicRate()
    for k in range(101):
        sent_ns = START_NS + 10 * k * MS
        late_ns = (2 + k % 3) * MS
        tally.add(sent_ns, sent_ns + late_ns)
        tally.add_stamp((sent_ns - MS) / 1e9)
    received = tally.received("hash", {"a": 1})
    assert (received.messages, received.type_hash, received.sample) == (101, "hash", {"a": 1})
    assert received.rate_hz == pytest.approx(100.0, abs=0.2)
    assert received.delay_s == pytest.approx(0.002, abs=1e-6)
    assert received.age_s == pytest.approx(0.003, abs=1e-6)


def test_a_clock_that_runs_ahead_gives_a_negative_age():
    tally = TopicRate()
    tally.add(START_NS + 500 * MS, START_NS)
    tally.add_stamp((START_NS + 500 * MS) / 1e9)
    received = tally.received("", {})
    assert received.age_s == pytest.approx(-0.5) and received.delay_s == pytest.approx(-0.5)


def test_what_is_not_told_is_not_invented():
    nothing = TopicRate().received("", {})
    assert (nothing.messages, nothing.rate_hz, nothing.age_s, nothing.delay_s) == (0, None, None, None)
    one = TopicRate()
    one.add(0, START_NS)
    one.add_stamp(0.0)
    received = one.received("", {})
    assert (received.messages, received.rate_hz, received.age_s, received.delay_s) == (1, None, None, None)
