"""Ranked demonstrations: flawed ones come last, with the reason."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from demonstrations import demonstration

from midp_ros.accounting import AccountingError, Ranking, rank
from midp_ros.core.episode import Episode

FLAWS = ({"pause_steps": 25}, {"shake_m": 0.03}, {"by_m": 0.2})
EXPECTED = ("idle", "shake", "detour")


@pytest.fixture(scope="module")
def mixed() -> list[Episode]:
    """30 good demonstrations, and nine flawed ones, three of a kind."""
    flawed = [demonstration(100 + i, **FLAWS[i % 3]) for i in range(9)]
    return [*(demonstration(seed) for seed in range(30)), *flawed]


@pytest.fixture(scope="module")
def ranking(mixed: list[Episode]) -> Ranking:
    """Of the mixed set."""
    return rank(mixed)


def test_flawed_demonstrations_come_last_with_the_reason(ranking: Ranking) -> None:
    last = {r.number: r for r in ranking.episodes[-9:]}
    assert sum(number >= 30 for number in last) >= 7
    found = {r.number: [why.kind for why in r.reasons] for r in ranking.episodes}
    assert sum(EXPECTED[i % 3] in found[30 + i] for i in range(9)) >= 8
    assert sum(bool(found[i]) for i in range(30)) <= 6
    assert not ranking.doubt and ranking.reliability > 0.5 and ranking.information_nat > 0.5


def test_the_order_does_not_depend_on_units(mixed: list[Episode], ranking: Ranking) -> None:
    contract = mixed[0].contract
    millimetres = [replace(e, observation=e.observation.copy(), action=e.action.copy()) for e in mixed]
    for e in millimetres:
        for name in ("tool_position", "goal_position"):
            e.observation[:, contract.observation_slices[name]] *= 1000
        e.action[:, contract.action_slices["tool_position"]] *= 1000
    assert [r.number for r in rank(millimetres).episodes] == [r.number for r in ranking.episodes]


def test_percentiles_and_intervals(ranking: Ranking) -> None:
    means = [r.score.mean for r in ranking.episodes]
    assert means == sorted(means, reverse=True)
    assert (ranking.episodes[0].percentile, ranking.episodes[-1].percentile) == (100.0, 0.0)
    assert all(r.score.low < r.score.mean < r.score.high for r in ranking.episodes)


def test_the_best_part_keeps_the_order_of_the_set(ranking: Ranking) -> None:
    numbers = [r.number for r in ranking.best(0.5)]
    assert numbers == sorted(numbers) and len(numbers) == 20
    assert set(numbers) == {r.number for r in ranking.episodes[:20]}


def test_a_duplicate_is_named(mixed: list[Episode]) -> None:
    twin = replace(mixed[4], name="again")
    found = rank([*mixed, twin])
    (again,) = [r for r in found.episodes if r.number == len(mixed)]
    assert again.reasons[0].kind == "twin" and again.reasons[0].text.endswith("episode_000004.mcap")


def test_an_unusual_start_is_named(mixed: list[Episode]) -> None:
    far = demonstration(3)
    moved_m = [0.0, 0.8, 0.5]
    for name in ("tool_position", "goal_position"):
        far.observation[:, far.contract.observation_slices[name]] += moved_m
    far.action[:, far.contract.action_slices["tool_position"]] += moved_m
    found = rank([*mixed, far])
    (ranked,) = [r for r in found.episodes if r.number == len(mixed)]
    assert "start" in [why.kind for why in ranked.reasons]


def test_few_episodes_cannot_be_told_apart() -> None:
    few = rank([demonstration(seed) for seed in range(6)])
    assert "6 episodes with" in few.doubt and "too few" in few.doubt
    with pytest.raises(AccountingError, match="1 episodes with .* cannot be compared"):
        rank([demonstration(0)])


def test_very_short_and_motionless_episodes_do_no_harm(mixed: list[Episode]) -> None:
    def cut(episode: Episode, steps: int) -> Episode:
        columns = episode.time_s[:steps], episode.observation[:steps], episode.action[:steps]
        return replace(episode, **dict(zip(("time_s", "observation", "action"), columns, strict=True)))

    plain = rank([*mixed, *(cut(e, 1) for e in mixed[:3])]).plain()
    assert json.dumps(plain, allow_nan=False) and plain["doubt"] == ""
    assert "too few" in rank([cut(e, 1) for e in mixed]).doubt
    still = [
        replace(e, observation=e.observation * 0 + e.observation[0], action=e.action * 0 + e.action[0]) for e in mixed
    ]
    still = [replace(e, observation=e.observation * 0 + still[0].observation[0]) for e in still]
    assert rank(still[:15]).doubt
    with pytest.raises(AccountingError, match="episode_000000.mcap has no steps"):
        rank([cut(mixed[0], 0), *mixed[1:]])


def test_random_motion_teaches_nothing_and_its_order_is_chance() -> None:
    random, episodes = np.random.default_rng(0), [demonstration(seed) for seed in range(20)]
    for e in episodes:
        observed = e.contract.observation_slices
        tool = e.observation[:, observed["tool_position"]] = random.uniform(0.2, 0.6, 3)
        e.observation[:, observed["goal_position"]] = random.uniform(0.2, 0.6, (len(e), 3))
        e.action[:, e.contract.action_slices["tool_position"]] = tool + random.normal(0.0, 0.02, (len(e), 3))
    found = rank(episodes)
    assert abs(found.information_nat) < 0.15
    assert "hardly depends on what is observed" in found.doubt


def test_the_figures_are_plain_data(ranking: Ranking) -> None:
    plain = json.loads(json.dumps(ranking.plain(), allow_nan=False))
    assert len(plain["episodes"]) == 39 and plain["doubt"] == ""
    assert {"episode", "number", "score_nat", "low_nat", "high_nat", "percentile", "idle_s", "reasons"} <= set(
        plain["episodes"][0]
    )
