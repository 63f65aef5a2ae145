"""The schedule of a stream under a made-up clock."""

import numpy as np
import pytest

from midp_ros.control.streaming.deadlines import Deadlines


def play(deadlines, delays_s):
    """Times [s] at which things are done that wait for their deadline, and then take so long; and what was missed."""
    now_s, times_s, missed = 0.0, [], []
    for delay_s in delays_s:
        now_s = max(now_s, deadlines.next_s) + delay_s
        times_s.append(now_s)
        missed.append(deadlines.done(now_s))
    return np.array(times_s), missed


def test_it_never_drifts_whatever_the_work_takes():
    delays_s = np.random.default_rng(0).uniform(0.0, 0.009, 100_000)
    times_s, missed = play(Deadlines(0.01, 5.0), delays_s)
    np.testing.assert_allclose(times_s - delays_s, 5.0 + 0.01 * np.arange(100_000), rtol=0, atol=1e-9)
    assert sum(missed) == 0


def test_what_is_skipped_is_not_missed():
    deadlines = Deadlines(0.01, 0.0)
    deadlines.skip(0.057)
    assert deadlines.next_s == pytest.approx(0.05) and deadlines.done(0.0572) == 0
    deadlines.skip(0.057)
    assert deadlines.next_s == pytest.approx(0.06) and deadlines.done(0.0811) == 2
    deadlines.skip(0.0999)  # what was told so late in a period is not late right after the next deadline
    assert deadlines.done(0.1002) == 0 and deadlines.next_s == pytest.approx(0.11)


@pytest.mark.parametrize(("stall_s", "passed"), [(0.0099, 0), (0.011, 1), (0.057, 5), (3.0001, 300)])
def test_after_a_stall_it_goes_on_by_the_same_grid_without_a_burst(stall_s, passed):
    times_s, missed = play(Deadlines(0.01, 0.0), [0.0, 0.0, stall_s, *[0.0] * 50])
    assert missed[2] == passed and sum(missed) == passed
    later_s = times_s[3:]
    assert later_s[0] > times_s[2] and later_s[0] - times_s[2] <= 0.01
    np.testing.assert_allclose(np.diff(later_s), 0.01)
    np.testing.assert_allclose(later_s / 0.01, np.round(later_s / 0.01), atol=1e-6)
