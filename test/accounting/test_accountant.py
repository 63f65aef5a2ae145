"""The accountant beside a recording."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import numpy as np
import pytest
from demonstrations import demonstration

from midp_ros.accounting import Accountant


def accountant(count: int = 30) -> Accountant:
    """With so many good demonstrations."""
    return Accountant([demonstration(seed) for seed in range(count)])


def test_a_flawed_episode_is_to_be_recorded_anew_and_a_good_one_is_not() -> None:
    judge = accountant()
    verdict = judge.judge(demonstration(200, pause_steps=40))
    assert verdict.redo and verdict.reasons[0].kind == "idle"
    assert re.fullmatch(r"teaches less than .* 30 episodes before; idle [34]\.\d s \(median .*; redo\?", verdict.text)
    good = [judge.judge(demonstration(seed)) for seed in range(300, 320)]
    assert sum(v.redo for v in good) <= 3
    assert any(v.text.startswith("teaches more than") for v in good)


def test_it_begins_with_nothing_and_says_that_it_cannot_tell() -> None:
    judge = Accountant()
    verdict = judge.judge(demonstration(0))
    assert verdict.score is None and not verdict.redo
    assert verdict.text.startswith("cannot tell how much it teaches: 0 episodes")
    for seed in range(25):
        judge.keep(demonstration(seed))
    assert judge.judge(demonstration(50)).score is not None


def test_what_cannot_be_compared_is_not() -> None:
    judge, episode = accountant(), demonstration(0)
    empty = replace(episode, time_s=episode.time_s[:0], observation=episode.observation[:0], action=episode.action[:0])
    assert "no steps" in judge.judge(empty).text
    other = replace(episode, contract=replace(episode.contract, robot="panda"))
    assert "contract differs" in judge.judge(other).text
    short = replace(episode, time_s=episode.time_s[:1], observation=episode.observation[:1], action=episode.action[:1])
    assert np.isfinite(judge.judge(short).score.mean)  # type: ignore[union-attr]


@pytest.mark.slow
def test_an_episode_costs_little_beside_300() -> None:
    judge = accountant(300)
    started = time.process_time()
    judge.judge(demonstration(1000))  # measures the set
    first = time.process_time() - started
    started = time.process_time()
    for seed in range(1001, 1006):
        judge.judge(demonstration(seed))
    assert (time.process_time() - started) / 5 < 0.3 and first < 4.0
