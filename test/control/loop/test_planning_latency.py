"""How far ahead a change of a running motion is planned."""

import pytest

from midp_ros.control.loop.planning_latency import PlanningLatency


def test_it_follows_what_planning_and_sending_lately_took():
    lead = PlanningLatency(0.03)
    for duration_s in (0.02, 0.04, 0.01):
        lead.planned(duration_s)
        lead.sent(duration_s / 2)
    assert lead.sending_s == pytest.approx(0.03)
    assert lead.total_s == pytest.approx(0.06 + 0.03)
    for _ in range(20):
        lead.planned(0.02)
        lead.sent(0.02)
    assert lead.total_s == pytest.approx(0.06), "what is long past counts no more"


def test_it_is_never_less_than_what_is_configured_and_more_before_anything_is_known():
    lead = PlanningLatency(0.03)
    assert lead.total_s == pytest.approx(0.1)
    lead.planned(0.001)
    lead.sent(0.001)
    assert lead.total_s == pytest.approx(0.03)


def test_where_time_stands_still_meanwhile_there_is_none():
    lead = PlanningLatency(0.0)
    lead.planned(0.0)
    assert lead.total_s == lead.sending_s == 0.0


@pytest.mark.parametrize("jump_s", [30.0, -30.0])
def test_a_clock_that_jumps_meanwhile_is_no_duration(jump_s):
    lead = PlanningLatency(0.03)
    for note in (lead.planned, lead.sent):
        note(0.02)
        note(jump_s)
    assert lead.total_s == pytest.approx(0.06)
