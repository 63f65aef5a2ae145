"""Sets edited: the source stays, numbers are kept or closed, the trash gives back."""

import subprocess
import sys
from itertools import starmap

import numpy as np
import pytest
from moving_episodes import moving

from midp_ros.core.errors import BusyError, ContractMismatchError, FileFormatError
from midp_ros.data import editing
from midp_ros.recording import load_episodes, read_episode, write_episode
from midp_ros.recording.formats import Camera, Demonstration, open_set, write_set


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "set"
    path.mkdir()
    for number in range(5):
        write_episode(path / f"episode_{number:06d}.mcap", moving(number))
    return path


def names(folder):
    return sorted(p.name for p in folder.glob("*.mcap"))


def seeds(folder):
    return [episode.info["seed"] for episode in load_episodes(folder)]


def test_deleted_episodes_wait_in_the_trash(folder):
    trash = editing.delete(folder, [1, 3], renumber=False)
    assert seeds(folder) == [0, 2, 4] and names(folder)[1] == "episode_000002.mcap"
    assert names(trash) == ["episode_000001.mcap", "episode_000003.mcap"]
    editing.restore(folder)
    assert seeds(folder) == [0, 1, 2, 3, 4] and not list((folder / "trash").glob("*"))


def test_numbers_are_closed_and_the_restored_go_behind(folder):
    editing.delete(folder, [0, 3], renumber=True)
    editing.delete(folder, [0], renumber=True)
    assert seeds(folder) == [2, 4] and names(folder) == ["episode_000000.mcap", "episode_000001.mcap"]
    editing.restore(folder)
    assert sorted(seeds(folder)) == [0, 1, 2, 3, 4] and len(names(folder)) == 5


def test_an_unknown_number_moves_nothing(folder):
    with pytest.raises(FileFormatError, match="has no episode 7; it has 0 to 4"):
        editing.delete(folder, [1, 7], renumber=True)
    assert seeds(folder) == [0, 1, 2, 3, 4]


@pytest.mark.processes
def test_a_running_recording_is_left_alone(folder):
    script = (
        "import sys; from midp_ros.recording import EpisodeWriter; w = EpisodeWriter(sys.argv[1]); "
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "locked\n"
        with pytest.raises(BusyError):
            editing.delete(folder, [1], renumber=False)
        process.stdin.close()


def test_merged_sets_are_copies_byte_for_byte(folder, tmp_path):
    assert editing.merge([folder, folder], tmp_path / "both") == 10
    assert seeds(tmp_path / "both") == [0, 1, 2, 3, 4] * 2 and seeds(folder) == [0, 1, 2, 3, 4]
    seventh, second = tmp_path / "both/episode_000007.mcap", folder / "episode_000002.mcap"
    assert seventh.read_bytes() == second.read_bytes()


def test_other_contracts_are_not_merged(folder, tmp_path):
    from dataclasses import replace

    from midp_ros.core.episode import Episode

    whole = moving()
    other = replace(whole.contract, rate_hz=20.0)
    (tmp_path / "fast").mkdir()
    write_episode(
        tmp_path / "fast/episode_000000.mcap", Episode(other, whole.time_s, whole.observation, whole.action, {})
    )
    with pytest.raises(ContractMismatchError, match="episode_000000.mcap.*rate_hz"):
        editing.merge([folder, tmp_path / "fast"], tmp_path / "both")
    assert not (tmp_path / "both").exists()


def _edited(path, change, out):
    found, remarks = open_set(path), []
    write_set(out, "mcap", found.contract, editing.changed(found, change, remarks.append))
    return load_episodes(out), remarks


def test_idle_ends_are_trimmed_with_a_margin(tmp_path):
    (tmp_path / "set").mkdir()
    write_episode(tmp_path / "set/episode_000000.mcap", moving(0, 60, still=(20, 10)))
    (short,), (remark,) = _edited(tmp_path / "set", editing.trim_to(0, None, idle=True), tmp_path / "out")
    assert "16 steps cut at its start" in remark and 58 - 10 <= 16 + len(short) <= 55
    whole = read_episode(tmp_path / "set/episode_000000.mcap")
    np.testing.assert_array_equal(short.observation, whole.observation[16 : 16 + len(short)])


@pytest.mark.parametrize("success", [True, False])
def test_an_attempt_whose_standing_end_is_cut_keeps_its_outcome(tmp_path, success):
    (tmp_path / "set").mkdir()
    write_episode(tmp_path / "set/episode_000000.mcap", moving(0, 60, (0, 20), success=success, duration_s=4.0))
    (idle,), _ = _edited(tmp_path / "set", editing.trim_to(0, None, idle=True), tmp_path / "idle")
    assert len(idle) < 50 and (idle.info["success"], idle.info["duration_s"]) == (success, 4.0)
    (short,), _ = _edited(tmp_path / "set", editing.trim_to(0, 2.0, idle=True), tmp_path / "short")
    assert short.info.get("success") is (None if success else False), "what it would have come to is unknown"


def test_trimming_by_time(folder, tmp_path):
    episodes, _ = _edited(folder, editing.trim_to(1.0, 2.5, idle=False), tmp_path / "out")
    assert [(len(e), e.time_s[0]) for e in episodes] == [(16, 101.0)] * 5
    with pytest.raises(FileFormatError, match="no episode is left"):
        _edited(folder, editing.trim_to(10, None, idle=False), tmp_path / "none")


def test_pictures_are_cut_along():
    whole = moving(steps=60)
    whole.time_s[20:] += 1
    shown = np.arange(60, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    parts, _ = editing.split_at_faults(None)(Demonstration(whole, {"front": Camera.of(shown)}))
    pairs = [(p.cameras["front"].array()[:, 0, 0, 0], len(p.episode)) for p in parts]
    assert list(starmap(lambda got, steps: (got[0], got[-1], len(got) == steps), pairs)) == [
        (0, 19, True), (20, 59, True),
    ]  # fmt: skip
