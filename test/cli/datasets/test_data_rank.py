"""`midp data rank` as a user types it, in this process."""

from __future__ import annotations

import json

import numpy as np
import pytest
from moving_episodes import moving

from midp_ros.accounting import AccountingError
from midp_ros.cli.app import command_line
from midp_ros.core.errors import FileFormatError, OutputError
from midp_ros.recording import load_episodes, write_episode
from midp_ros.recording.formats import open_set, write_set


@pytest.fixture
def midp(capsys, monkeypatch):
    """Runs `midp data rank ...`; returns the output."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments):
        command_line().main(["data", "rank", *map(str, arguments)], standalone_mode=False)
        return capsys.readouterr().out

    return run


def folder_of(path, count):
    """Episodes towards their goals, one of which shakes, and one failed."""
    random = np.random.default_rng(0)
    for number in range(count):
        episode = moving(number, success=number != 2, task="reach")
        place = episode.contract.action_slices["tool_position"]
        tool = episode.observation[:, episode.contract.observation_slices["tool_position"]]
        goal = episode.observation[:, episode.contract.observation_slices["goal_position"]]
        goal[:] = random.uniform(0.2, 0.6, goal.shape)
        shake = random.normal(0.0, 0.05 if number == 5 else 0.002, tool.shape)
        episode.action[:, place] = tool + 0.1 * (goal - tool) + shake
        write_episode(path / f"episode_{number:06d}.mcap", episode)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("rank") / "set", 14)


def test_the_worst_comes_first_and_failures_are_not_ranked(midp, folder):
    shown = midp(folder)
    rows = [line for line in shown.splitlines() if ".mcap" in line]
    assert len(rows) == 13 and "episode_000005.mcap" in rows[0] and "shaky" in rows[0]
    assert "1 episodes are marked as failures and are not ranked" in shown
    assert "13 episodes" in shown and "reliability of the order" in shown


def test_figures_as_json(midp, folder):
    found = json.loads(midp(folder, "--json"))
    assert found["failures_left_out"] == 1 and len(found["episodes"]) == 13
    assert found["episodes"][-1]["episode"].endswith("episode_000005.mcap")


def test_the_kept_part_as_folder_and_as_list(midp, folder, tmp_path):
    kept, listed = tmp_path / "kept", tmp_path / "kept.txt"
    assert "kept 6 of 13 episodes" in midp(folder, "--keep", 0.5, "--out", kept)
    midp(folder, "--keep", 0.5, "--out", listed)
    names = sorted(p.name for p in kept.iterdir())
    assert [line.rsplit("/", 1)[-1] for line in listed.read_text().splitlines()] == names
    assert len(load_episodes(kept)) == 6 and "episode_000005.mcap" not in names
    assert len(load_episodes(folder)) == 14  # the originals stay
    with pytest.raises(OutputError, match="is there already"):
        midp(folder, "--keep", 0.5, "--out", kept)


def test_other_formats_are_ranked_as_files_are(midp, folder, tmp_path):
    other = tmp_path / "set.hdf5"
    write_set(other, "hdf5", open_set(folder).contract, open_set(folder))
    rankings = [json.loads(midp(source, "--json"))["episodes"] for source in (folder, other)]
    assert len({tuple(each["score_nat"] for each in ranking) for ranking in rankings}) == 1
    with pytest.raises(FileFormatError, match=r"set.hdf5 is none; `midp data convert"):
        midp(other, "--keep", 0.5, "--out", tmp_path / "kept")


def test_what_cannot_be_done_is_refused(midp, folder, tmp_path):
    with pytest.raises(OutputError, match="--keep and --out belong together"):
        midp(folder, "--keep", 0.5)
    few = folder_of(tmp_path / "few", 5)
    assert "cannot tell: 4 episodes with" in midp(few)
    with pytest.raises(AccountingError, match="nothing is written to .*too few to tell"):
        midp(few, "--keep", 0.5, "--out", tmp_path / "part")
    assert not (tmp_path / "part").exists()
