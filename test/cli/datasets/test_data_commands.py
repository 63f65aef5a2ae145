"""`midp data ...` as a user types it, in this process: outcomes, messages and exit codes."""

from __future__ import annotations

import json

import numpy as np
import pytest
from moving_episodes import moving

from midp_ros.cli.app import command_line
from midp_ros.core.errors import MidpError
from midp_ros.recording import load_episodes, write_episode


@pytest.fixture
def midp(capsys, monkeypatch):
    """Runs `midp data ...`; returns the exit code and the output."""
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments):
        code = command_line().main(["data", *map(str, arguments)], standalone_mode=False)
        return code or 0, capsys.readouterr().out

    return run


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "set"
    for number in range(4):
        write_episode(path / f"episode_{number:06d}.mcap", moving(number, success=number != 2, task="reach"))
    return path


def test_info_shows_a_set_as_table_and_as_json(midp, folder):
    code, shown = midp("info", folder)
    assert code == 0 and "4 (3 success, 1 failure)" in shown and "goal_position" in shown
    _, text = midp("info", folder, "--json")
    facts = json.loads(text)
    assert (facts["episodes"], facts["steps"], facts["skill"], facts["rate_hz"]) == (4, 160, "reach", [10.0, 10.0])


@pytest.mark.parametrize("number", [0, 2])
def test_info_counts_what_can_be_read_and_names_what_cannot(midp, folder, number):
    damaged = folder / f"episode_{number:06d}.mcap"
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    code, shown = midp("info", folder)
    assert code == 0 and damaged.name in shown and f"`midp data repair {folder}`" in shown
    assert "1 of 4 episodes cannot be read" in shown
    _, text = midp("info", folder, "--json")
    facts = json.loads(text)
    assert facts["episodes"] == 3 and list(facts["damaged"]) == [str(damaged)]


@pytest.mark.slow
def test_there_and_back_by_commands(midp, folder, tmp_path):
    for name, out in (("lerobot", "v3"), ("lerobot-v2.1", "v21"), ("", "set.zarr"), ("", "set.hdf5")):
        code, shown = midp("convert", folder, tmp_path / out, *(["--to", name] if name else []), "--keep-failed")
        assert code == 0 and "4 episodes, 160 steps" in shown
        again = tmp_path / f"back_{out.replace('.', '_')}"
        midp("convert", tmp_path / out, again)
        for back, original in zip(load_episodes(again), load_episodes(folder), strict=True):
            assert back.info == original.info and (back.observation == original.observation).all()


def test_an_ending_of_no_known_format_is_refused_by_name(midp, folder, tmp_path):
    with pytest.raises(MidpError, match=r"unknown ending of a set's name '\.foo'.*\.hdf5.*\.zarr"):
        midp("convert", folder, tmp_path / "set.foo")
    assert not (tmp_path / "set.foo").exists()
    midp("convert", folder, tmp_path / "set_v1.2")
    midp("convert", folder, tmp_path / "other.foo", "--to", "mcap")
    assert len(load_episodes(tmp_path / "set_v1.2")) == len(load_episodes(tmp_path / "other.foo")) == 4


def test_failures_are_left_out_unless_asked_for(midp, folder, tmp_path):
    _, shown = midp("convert", folder, tmp_path / "set.zarr")
    assert "left out 1 episodes marked as failures; --keep-failed keeps them" in shown and "3 episodes" in shown


def test_validate_fails_on_harm_alone(midp, folder):
    code, shown = midp("validate", folder)
    assert code == 0 and "0 errors, 0 warnings, 1 notes" in shown
    episode = moving(9)
    episode.time_s[20:] -= 5
    write_episode(folder / "episode_000009.mcap", episode)
    code, shown = midp("validate", folder)
    assert code == 1 and "times" in shown and "episode_000009.mcap" in shown
    _, text = midp("validate", folder, "--json")
    assert [f["reason"] for f in json.loads(text)["findings"]] == ["marked as a failure", "times"]


def test_strict_makes_warnings_fail(midp, folder):
    write_episode(folder / "episode_000009.mcap", moving(9, still=(25, 5)))
    assert midp("validate", folder)[0] == 0
    assert midp("validate", folder, "--strict")[0] == 1


@pytest.mark.slow
def test_split_trim_merge_and_delete(midp, folder, tmp_path):
    torn = moving(9)
    torn.time_s[20:] += 5
    write_episode(folder / "episode_000009.mcap", torn)
    _, shown = midp("split", folder, "--out", tmp_path / "parts")
    assert "cut before step 20, a gap of 5.1 s" in shown and "6 episodes, of 5" in shown
    _, shown = midp("trim", tmp_path / "parts", "--to-s", 1, "--out", tmp_path / "short")
    assert "6 episodes, of 6" in shown
    _, shown = midp("merge", folder, tmp_path / "short", "--out", tmp_path / "all")
    assert "11 episodes of 2 sets" in shown
    _, shown = midp("delete", tmp_path / "all", "0-3", 10, "--renumber")
    assert "moved 5 episodes" in shown and "6 remain" in shown
    _, shown = midp("delete", tmp_path / "all", "--restore")
    assert "restored 5 episodes" in shown and len(load_episodes(tmp_path / "all")) == 11


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("trim", "SET", "--out", "OUT"), "nothing to trim: give --from-s, --to-s or --idle"),
        (("delete", "SET"), "no episodes named"),
        (("delete", "SET", "first"), "'first' is no number and no range"),
        (("delete", "SET", "3-1"), "'3-1' runs backwards; did you mean 1-3"),
        (("convert", "SET", "SET"), "is there already"),
        (("convert", "SET", "OUT", "--to", "lerobot3"), "unknown format 'lerobot3'.*did you mean 'lerobot'"),
        (("info", "OUT"), "there is no"),
    ],
)
def test_mistakes_take_one_line(midp, folder, tmp_path, arguments, message):
    places = {"SET": folder, "OUT": tmp_path / "out"}
    with pytest.raises(MidpError, match=message):
        midp(*(places.get(a, a) for a in arguments))
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_named_with_its_extra(tmp_path, monkeypatch):
    from midp_ros.cli.app import EXTRAS

    assert {EXTRAS[name] for name in ("zarr", "h5py", "pyarrow", "av")} == {"data"}


def test_values_are_those_of_the_stranger(midp, tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "some.hdf5", "w") as file:
        file["data/demo_0/actions"] = np.ones((5, 2))
        file["data/demo_0/obs/state"] = np.zeros((5, 3))
    code, shown = midp("convert", tmp_path / "some.hdf5", tmp_path / "ours", "--rate-hz", 10, "--task", "sort")
    assert code == 0 and "derived" in shown
    assert load_episodes(tmp_path / "ours")[0].info == {"task": "sort", "source": "some.hdf5[demo_0]"}
