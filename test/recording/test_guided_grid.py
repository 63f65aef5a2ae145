"""The grid of a guided episode: one for each stretch of messages, however far a clock was set in between."""

import numpy as np

from midp_ros.recording.resampling import LONGEST_GAP_S, _ahead, _pieces


def test_a_clock_that_was_set_makes_two_stretches_and_a_short_gap_none():
    stamps = np.array([0.0, 0.1, 0.2, 5.0, 1.79e9, 1.79e9 + 0.1])
    assert _pieces(stamps) == [(0.0, 5.0), (1.79e9, 1.79e9 + 0.1)]
    assert _pieces(np.array([3.0])) == [(3.0, 3.0)]
    assert len(_pieces(np.array([0.0, LONGEST_GAP_S]))) == 1


def test_no_action_lies_beyond_a_gap():
    follows = [True, True, False, True, True, True, True]  # eight steps, a gap behind the third
    led_to = [_ahead(follows, step) for step, follow in enumerate(follows) if follow]
    assert led_to == [2, 2, 6, 7, 7, 7]
