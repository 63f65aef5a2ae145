"""`midp data past` as a user types it, in this process."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from moving_episodes import moving

from midp_ros.cli.app import command_line
from midp_ros.core.errors import FileFormatError
from midp_ros.core.plain_data import ConfigError
from midp_ros.recording import write_episode

STEPS = 20


@pytest.fixture
def midp(capsys, monkeypatch):
    """Runs `midp data past ...`; returns the output."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments):
        command_line().main(["data", "past", *map(str, arguments)], standalone_mode=False)
        return capsys.readouterr().out

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("past") / "set"
    for number in range(3):
        write_episode(path / f"episode_{number:06d}.mcap", moving(number, success=number != 2, task="reach"))
    return path


def test_a_table_of_the_entries_that_the_policy_sees(midp, folder):
    shown = midp(folder, "--steps", STEPS)
    assert "price tag of the past" in shown and "past [nat]" in shown
    assert "goal_position" in shown and "joint_position" not in shown
    assert f"{folder}: 2 episodes" in shown and f"{STEPS} training steps" in shown
    assert "1 of 3 episodes are marked as failures" in shown and "too few for a price" in shown


def test_figures_as_json_are_the_same_with_the_same_seed(midp, folder):
    first, again, other = (
        json.loads(midp(folder, "--json", "--steps", STEPS, "--observed", 3, "--seed", seed)) for seed in (0, 0, 1)
    )
    assert first == again and first["nat"] != other["nat"]
    assert first["observed"] == 3 and first["price"] == 0.003 and first["episodes"] == 2
    assert all(len(entry["by_step_nat"]) == 2 for entry in first["entries"])
    assert first["nat"] == pytest.approx(sum(entry["nat"] for entry in first["entries"]))


def test_bad_input_is_one_line(midp, folder, tmp_path, capsys):
    with pytest.raises(FileFormatError, match="no episodes|there is no"):
        midp(tmp_path / "nowhere", "--steps", STEPS)
    with pytest.raises(ConfigError, match="context.observed: got 12, need at most 9"):
        midp(folder, "--observed", 12, "--steps", STEPS)
    alone = moving(0, success=True, task="reach")
    contract = replace(alone.contract, horizon=replace(alone.contract.horizon, observed=1))
    write_episode(tmp_path / "alone" / "episode_000000.mcap", replace(alone, contract=contract))
    with pytest.raises(ConfigError, match="observes 1 step, which has no past; --observed 2"):
        midp(tmp_path / "alone", "--steps", STEPS)
    capsys.readouterr()
    assert np.isfinite(json.loads(midp(tmp_path / "alone", "--observed", 2, "--steps", 2, "--json"))["nat"])
