"""Scores of episodes: their intervals, and what they are compared with."""

from __future__ import annotations

import math

import numpy as np
import pytest
from demonstrations import demonstration

from midp_ros.accounting.fit import CHUNKS_STEPS, Fit
from midp_ros.accounting.pairs import pairs
from midp_ros.accounting.score import Score, reliability


def test_the_interval_holds_the_mean_in_95_of_100_cases() -> None:
    random = np.random.default_rng(0)
    scores = [Score.of(float(parts.mean()), parts) for parts in random.normal(size=(4000, 5))]
    assert np.mean([s.low <= 0 <= s.high for s in scores]) == pytest.approx(0.95, abs=0.015)
    assert all(s.low < s.mean < s.high for s in scores)


def test_too_small_a_set_has_no_interval() -> None:
    score = Score.of(1.0, np.array([0.9, 1.1]))
    assert (score.mean, score.low, score.high) == (1.0, -math.inf, math.inf)


def test_reliability_is_the_share_of_variance_that_is_no_error() -> None:
    random = np.random.default_rng(1)
    noise = [Score(float(m), 0, 0, 1.0) for m in random.normal(size=500)]
    real = [Score(float(m), 0, 0, 1.0) for m in random.normal(size=500) * 3]
    assert reliability(noise) < 0.15
    assert reliability(real) == pytest.approx(1 - 1 / 9, abs=0.03)
    assert reliability([]) == reliability([Score(1.0, -math.inf, math.inf, math.inf)] * 5) == 0.0


def test_an_episode_is_not_compared_with_itself() -> None:
    episodes = [demonstration(seed) for seed in range(12)]
    fit, without = Fit(episodes), Fit(episodes)
    assert fit.score(episodes[3], 3) == without.score(episodes[3], 3)
    assert fit.score(episodes[3]).mean > fit.score(episodes[3], 3).mean + 0.2  # its own steps would be its neighbours


def test_a_command_to_stay_is_no_motion_and_offsets_are_from_the_tool() -> None:
    episode = demonstration(0)
    observed, motion = pairs(episode, CHUNKS_STEPS[-1])
    contract = episode.contract
    assert observed.shape == (len(episode), 3 + 6 + 3 + 3)  # tool position and rotation, goal's offset and turn
    assert motion.shape == (len(episode), CHUNKS_STEPS[-1] * (3 + 3))
    tool, goal = episode.column("tool_position"), episode.column("goal_position")
    assert observed[:, 9:12] == pytest.approx(goal - tool)
    assert np.abs(observed[:, 12:]).max() < 1e-9  # the goal is not turned
    commanded = episode.action[:, contract.action_slices["tool_position"]]
    assert motion[:, :3] == pytest.approx(commanded - tool)
