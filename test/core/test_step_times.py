"""Step times of demonstrations: what is learned, what is left out, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.episode import Episode
from midp_ros.core.step_times import StepTimeError, gaps, uninterrupted_parts
from midp_ros.core.window import training_windows, uninterrupted_windows

CONTRACT = Contract("test", "none", 10.0, Horizon(2, 4, 2), (Entry("a", 1, "m"),), (Entry("a", 1, "m"),))
STEPS = 20


def episode(time_s: np.ndarray) -> Episode:
    values = np.arange(len(time_s), dtype=float)[:, None]
    return Episode(CONTRACT, time_s, values, values, name="data/episode_000003.mcap")


def regular(steps: int = STEPS) -> np.ndarray:
    return 100.0 + 0.1 * np.arange(steps)


def test_jitter_of_less_than_half_a_step_is_no_gap() -> None:
    jitter = np.random.default_rng(0).uniform(-0.02, 0.02, STEPS)
    assert not uninterrupted_parts(episode(regular() + jitter)).any()
    assert len(uninterrupted_parts(episode(regular(1)))) == 1


def test_windows_across_a_gap_are_left_out() -> None:
    time_s = regular()
    time_s[10:] += 30
    recorded = episode(time_s)
    parts = uninterrupted_parts(recorded)
    assert parts.tolist() == [0] * 10 + [1] * 10
    newest = uninterrupted_windows(CONTRACT, parts)
    # A window sees one step back and predicts from there to two steps ahead; the episode's own ends are padded.
    assert newest.tolist() == [*range(0, 8), *range(11, 20)]
    observations, actions = training_windows(recorded, newest)
    for window in (*observations, *actions):
        assert len({bool(v >= 10) for v in window.ravel()}) == 1
    assert "30.1 s lie between steps 9 and 10" in gaps(recorded, parts) and recorded.name in gaps(recorded, parts)


def test_every_window_of_an_uninterrupted_episode_is_learned() -> None:
    recorded = episode(regular())
    newest = uninterrupted_windows(CONTRACT, uninterrupted_parts(recorded))
    assert newest.tolist() == list(range(STEPS))
    for chosen, every in zip(training_windows(recorded, newest), training_windows(recorded), strict=True):
        np.testing.assert_array_equal(chosen, every)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t[::-1].copy(), r"the time of step 1, 101\.800 s, goes back behind that of step 0, 101\.900 s"),
        (lambda t: np.where(np.arange(STEPS) == 5, t[4], t), r"step 5, 100\.400 s, repeats that of step 4"),
        (lambda t: 100 + (t - 100) / 3, r"steps 0 to 19 are 0\.0333 s apart \(30 Hz\), the contract's rate is 10 Hz"),
        (lambda t: 100 + (t - 100) * 2, r"0\.2 s apart \(5 Hz\)"),
        (lambda t: np.concatenate([t[:13], 1000 + (t[13:] - 100) / 3]), r"steps 13 to 19 are 0\.0333 s apart"),
        (lambda t: np.where(np.arange(STEPS) == 5, np.nan, t), "step 5"),
    ],
)
def test_times_of_no_recording_at_this_rate_are_refused(change, words) -> None:
    with pytest.raises(StepTimeError, match=r"data/episode_000003\.mcap: .*" + words):
        uninterrupted_parts(episode(change(regular())))


def test_an_episodes_name_is_not_compared() -> None:
    one = episode(regular())
    assert replace(one, name="b").name == "b"
