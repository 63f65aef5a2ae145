"""The accountant beside a recorder, without a node."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from moving_episodes import moving

from midp_ros.core.episode import Episode
from midp_ros.nodes.episodes.episode_accounting import EpisodeAccounting
from midp_ros.recording import write_episode


def reaching(seed: int, shake_m: float = 0.002) -> Episode:
    """Commands towards a goal that is elsewhere at each step."""
    episode, random = moving(seed), np.random.default_rng(seed)
    places = episode.contract.observation_slices
    observation = episode.observation.copy()
    goal = observation[:, places["goal_position"]] = random.uniform(0.2, 0.6, (len(episode), 3))
    tool, action = observation[:, places["tool_position"]], episode.action.copy()
    noise = random.normal(0.0, shake_m, tool.shape)
    action[:, episode.contract.action_slices["tool_position"]] = tool + 0.1 * (goal - tool) + noise
    return replace(episode, observation=observation, action=action)


def test_an_episode_is_compared_with_those_in_the_folder_and_those_kept_since(tmp_path: Path) -> None:
    for number in range(10):
        write_episode(tmp_path / f"episode_{number:06d}.mcap", reaching(number))
    (tmp_path / "episode_000010.mcap").write_bytes(b"damaged")
    accounting = EpisodeAccounting(tmp_path)
    assert accounting.wait(60.0)
    bad = accounting.judge(reaching(50, shake_m=0.05))
    assert bad.redo and "all 10 episodes before" in bad.text and bad.reasons[0].kind == "shake"
    accounting.keep(success=False)  # no demonstration: later ones are not compared with it
    for seed in range(60, 64):
        accounting.judge(reaching(seed))
        accounting.keep(success=None)
    assert len(accounting._accountant) == 14
    assert accounting.judge(reaching(70)).text.startswith("teaches more than")


def test_nothing_in_it_costs_an_episode(tmp_path: Path, monkeypatch) -> None:
    accounting = EpisodeAccounting(tmp_path)
    assert accounting.wait(60.0)
    assert "0 episodes" in accounting.judge(reaching(0)).text
    monkeypatch.setattr(accounting._accountant, "judge", lambda episode: np.linalg.inv(np.zeros((2, 2))))
    verdict = accounting.judge(reaching(1))
    assert verdict.text.startswith("cannot tell how much it teaches: LinAlgError") and not verdict.redo
