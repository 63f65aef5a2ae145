"""Temporal ensembling against the published weights, computed one number at a time."""

import math

import numpy as np
import pytest

from midp_ros.control.chunks.ensemble import Ensembling, temporal_ensemble
from midp_ros.core.chunk import ActionChunk

STEP_S = 0.1


def chunk(time_s, *values):
    return ActionChunk(np.array(values, float)[:, None], time_s, STEP_S)


def by_hand(chunks, decay):
    """Sum of w_i a_i / sum of w_i with w_i = exp(-decay i), i counting from the oldest that reaches the step."""
    newest, averages = chunks[-1], []
    for k in range(len(newest)):
        said = [c.actions[j, 0] for c in chunks if 0 <= (j := round((newest.time_s - c.time_s) / STEP_S) + k) < len(c)]
        weights = [math.exp(-decay * i) for i in range(len(said))]
        averages.append(sum(w * a for w, a in zip(weights, said, strict=True)) / sum(weights))
    return averages


@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5, -0.5])
def test_it_is_the_published_average_step_by_step(decay):
    rng = np.random.default_rng(0)
    # Observation times as a node has them: some milliseconds off, and one step left out.
    chunks = [chunk(t, *rng.normal(size=5)) for t in (0.0, 0.103, 0.198, 0.402)]
    np.testing.assert_allclose(temporal_ensemble(chunks, decay).actions[:, 0], by_hand(chunks, decay))


def test_two_chunks_in_numbers():
    average = temporal_ensemble([chunk(0.0, 0, 1, 2), chunk(0.1, 5, 6, 7)], math.log(2))
    np.testing.assert_allclose(average.actions[:, 0], [(2 * 1 + 5) / 3, (2 * 2 + 6) / 3, 7])
    assert average.time_s == 0.1 and average.step_s == STEP_S


def test_chunks_that_agree_stay_as_they_are():
    chunks = [chunk(t, *(t + STEP_S * np.arange(6))) for t in (0.0, 0.1, 0.2)]
    np.testing.assert_allclose(temporal_ensemble(chunks).actions, chunks[-1].actions)


def test_a_chunk_that_no_other_reaches_stays_as_it_is():
    np.testing.assert_array_equal(temporal_ensemble([chunk(0.0, 1, 2), chunk(0.2, 3, 4)]).actions[:, 0], [3, 4])


class Window:
    def __init__(self, time_s):
        self.time_s = time_s


class Rising:
    """Says the number of the call, three steps long."""

    contract, executed_steps = None, 8

    def reset(self, seed):
        self.calls = 0

    def act(self, window):
        self.calls += 1
        return chunk(window.time_s, *[self.calls] * 3)


def test_the_policy_asks_at_every_step_and_an_episode_knows_nothing_of_the_one_before():
    policy = Ensembling(Rising(), decay=0.0)
    assert policy.executed_steps == 1
    for _ in range(2):
        policy.reset(0)
        firsts = [policy.act(Window(STEP_S * k)).actions[0, 0] for k in range(5)]
        np.testing.assert_allclose(firsts, [1, 1.5, 2, 3, 4])  # of the last three at most
