"""Chunks by time: when the next is due, which actions are past, which action belongs to a step."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midp_ros.control import ChunkScheduler
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "pick.yaml")
STEP_S = 0.1


def chunk_at(time_s, steps=15):
    """A chunk whose action k holds the time at which the policy meant it to be issued."""
    return ActionChunk((time_s + STEP_S * np.arange(steps))[:, None], time_s, STEP_S)


def run(latency_s, executed=8, steps=60, length=15):
    """Ticks through `steps` control steps with a fixed latency; returns request steps and the issued actions."""
    scheduler = ChunkScheduler(CONTRACT, executed)
    requests, arriving, issued = [], None, []
    for k in range(steps):
        now = k * STEP_S
        if arriving is not None and arriving.time_s + latency_s <= now + 1e-9:
            scheduler.accept(arriving, arriving.time_s + latency_s)
            arriving = None
        if arriving is None and scheduler.due(now):
            requests.append(k)
            arriving = chunk_at(now, length)
            if latency_s == 0:
                scheduler.accept(arriving, now)
                arriving = None
        issued.append(scheduler.action(now))
    return requests, issued


def test_without_latency_it_is_the_timeline_of_the_paper():
    requests, issued = run(0.0)
    assert requests == list(range(0, 60, 8))
    np.testing.assert_allclose([a[0] for a in issued], np.arange(60) * STEP_S, atol=1e-9)


def test_a_short_latency_keeps_the_rhythm():
    requests, issued = run(0.03)
    assert requests == list(range(0, 60, 8))
    assert issued[0] is None and all(a is not None for a in issued[1:])


@pytest.mark.parametrize("latency_s", [0.12, 0.2, 0.27, 0.41])
def test_a_long_latency_is_asked_for_early_and_leaves_no_gap(latency_s):
    requests, issued = run(latency_s)
    first = int(np.ceil(latency_s / STEP_S - 1e-9))
    assert all(a is not None for a in issued[first:])
    early = int(latency_s / STEP_S)
    assert set(np.diff(requests[1:])) == {max(8 - early, first)}
    slip = [a[0] - k * STEP_S for k, a in enumerate(issued) if a is not None]
    assert np.abs(slip).max() <= STEP_S / 2 + 1e-9  # an action is never issued further than half a step from its time


def test_one_executed_step_asks_at_every_step_whatever_the_latency():
    assert run(0.07, executed=1)[0] == list(range(60))
    assert run(0.15, executed=1, length=6)[0] == list(range(0, 60, 2))


def test_a_chunk_shorter_than_the_executed_steps_is_followed_sooner():
    assert run(0.0, executed=8, length=3)[0] == list(range(0, 60, 3))


def test_past_actions_are_dropped_and_the_others_get_full_steps():
    scheduler = ChunkScheduler(CONTRACT, 8)
    remaining = scheduler.accept(chunk_at(1.0), 1.22)
    assert len(remaining) == 13 and remaining.time_s == 1.22
    np.testing.assert_allclose(remaining.actions[:2, 0], [1.2, 1.3])


def test_a_chunk_that_is_past_or_older_is_refused():
    scheduler = ChunkScheduler(CONTRACT, 8)
    assert scheduler.accept(chunk_at(1.0), 2.6) is None
    assert scheduler.due(2.6)
    assert scheduler.accept(chunk_at(3.0), 3.0) is not None
    assert scheduler.accept(chunk_at(2.9), 3.1) is None
    assert scheduler.accept(chunk_at(3.0), 3.1) is None
    assert scheduler.action(3.1)[0] == pytest.approx(3.1)


def test_the_step_of_the_hand_over_belongs_to_the_new_chunk_if_that_came_in_its_first_half():
    scheduler = ChunkScheduler(CONTRACT, 2)
    scheduler.accept(chunk_at(0.0), 0.0)
    new = replace(chunk_at(0.2), actions=chunk_at(0.2).actions + 100)
    scheduler.accept(new, 0.24)
    assert scheduler.action(0.1)[0] == pytest.approx(0.1)
    assert scheduler.action(0.2)[0] == pytest.approx(100.2)
    scheduler.reset()
    assert scheduler.action(0.2) is None and scheduler.due(0.2) and scheduler.latency_s == 0
    scheduler.accept(chunk_at(0.0), 0.0)
    scheduler.accept(new, 0.27)
    assert scheduler.action(0.2)[0] == pytest.approx(0.2)


def test_beyond_the_last_action_there_is_none():
    scheduler = ChunkScheduler(CONTRACT, 8)
    scheduler.accept(chunk_at(0.0, steps=4), 0.0)
    assert scheduler.action(0.3) is not None and scheduler.action(0.4) is None


@pytest.mark.parametrize("latency_s", [0.0, 0.04, 0.12, 0.2, 0.27])
def test_it_foretells_how_many_actions_will_be_past(latency_s):
    scheduler = ChunkScheduler(CONTRACT, 8)
    assert scheduler.past_steps == 0
    for time_s in (0.0, 0.8):
        remaining = scheduler.accept(chunk_at(time_s), time_s + latency_s)
        assert len(remaining) == 15 - scheduler.past_steps


@pytest.mark.parametrize("start_s", [0.0, 0.1, 0.7, 1.6, 3.3])
def test_half_a_step_of_latency_runs_late_wherever_rounding_leads(start_s):
    scheduler = ChunkScheduler(CONTRACT, 8)
    remaining = scheduler.accept(chunk_at(start_s), start_s + STEP_S / 2)
    assert len(remaining) == 15 and scheduler.past_steps == 0
    issued = [scheduler.action(start_s + k * STEP_S)[0] for k in range(8)]
    np.testing.assert_allclose(issued, start_s + STEP_S * np.arange(8))
