"""Recording many episodes: numbering, interruptions, full disks, directories with something wrong in them."""

import errno
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.errors import BusyError, ContractMismatchError, FileFormatError, RecordingError, UnknownNameError
from midp_ros.recording import EpisodeWriter, load_episodes, read_episode, recorded_info, write_episode

ROOT = Path(__file__).parents[2]


def record(writer, episode):
    writer.start(episode.contract, {"task": "pick"})
    for t, o, a in zip(episode.time_s, episode.observation, episode.action, strict=True):
        writer.step(t, o, a)
    writer.finish({"success": True, "seed": episode.info["seed"]})


def names(directory):
    return sorted(p.name for p in directory.iterdir())


def test_episodes_are_numbered_on(tmp_path, random_episode):
    first = EpisodeWriter(tmp_path)
    for seed in range(2):
        record(first, random_episode(seed))
    second = EpisodeWriter(tmp_path)
    second.start(random_episode().contract, {})
    second.step(0.0, *(getattr(random_episode(), k)[0] for k in ("observation", "action")))
    second.discard()
    record(second, random_episode(7))
    assert names(tmp_path) == [f"episode_{k:06d}.mcap" for k in range(3)]
    episodes = load_episodes(tmp_path)
    assert [e.info for e in episodes] == [{"task": "pick", "success": True, "seed": s} for s in (0, 1, 7)]
    np.testing.assert_array_equal(episodes[2].action, random_episode(7).action)


def test_steps_are_copied(tmp_path, random_episode):
    writer, episode = EpisodeWriter(tmp_path), random_episode(steps=2)
    observation, action = episode.observation[0].copy(), episode.action[0].copy()
    writer.start(episode.contract, {})
    writer.step(0.0, observation, action)
    observation[:], action[:] = 0.0, 0.0
    writer.finish({})
    np.testing.assert_array_equal(read_episode(tmp_path / "episode_000000.mcap").observation[0], episode.observation[0])


def test_the_info_of_recorded_episodes_is_read_without_their_steps(tmp_path, random_episode):
    writer = EpisodeWriter(tmp_path)
    for seed in (3, 5):
        record(writer, random_episode(seed))
    assert [info["seed"] for info in recorded_info(tmp_path)] == [3, 5]
    (tmp_path / "episode_000002.mcap").write_bytes((tmp_path / "episode_000001.mcap").read_bytes()[:40])
    with pytest.raises(FileFormatError, match="episode_000002.mcap"):
        recorded_info(tmp_path)


@pytest.mark.processes
def test_two_processes_do_not_record_into_one_directory(tmp_path, random_episode):
    holder = "import sys, time; from midp_ros.recording import EpisodeWriter; w = EpisodeWriter(sys.argv[1]); "
    holder += "print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match="another process writes into"):
            EpisodeWriter(tmp_path)
        other.kill()
    record(EpisodeWriter(tmp_path), random_episode())


def test_calls_out_of_turn_are_refused(tmp_path, random_episode):
    writer, episode = EpisodeWriter(tmp_path), random_episode()
    with pytest.raises(RecordingError, match="start one first"):
        writer.step(0.0, episode.observation[0], episode.action[0])
    with pytest.raises(RecordingError, match="start one first"):
        writer.finish({})
    writer.start(episode.contract, {})
    with pytest.raises(RecordingError, match="running already"):
        writer.start(episode.contract, {})
    with pytest.raises(RecordingError, match="no steps"):
        writer.finish({})


KILLED = """
import os, signal, sys
from midp_ros.recording import EpisodeWriter, read_episode
writer, episode = EpisodeWriter(sys.argv[1]), read_episode(sys.argv[2])

def take_steps():
    writer.start(episode.contract, {})
    for step in zip(episode.time_s, episode.observation, episode.action):
        writer.step(*step)

take_steps()
writer.finish({})
take_steps()
if sys.argv[3] == "while writing":
    os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
    writer.finish({})
else:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["while writing", "between steps"])
@pytest.mark.processes
def test_a_killed_process_loses_only_the_running_episode(tmp_path, moment, random_episode):
    write_episode(tmp_path / "source.mcap", random_episode())
    source, tmp_path = tmp_path / "source.mcap", tmp_path / "out"
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(source), moment], cwd=ROOT)
    assert run.returncode == -signal.SIGKILL
    left = names(tmp_path)
    assert "episode_000000.mcap" in left and "episode_000001.mcap" not in left
    assert ("episode_000001.mcap.part" in left) == (moment == "while writing")
    assert len(load_episodes(tmp_path)) == 1
    record(EpisodeWriter(tmp_path), random_episode(2))
    assert names(tmp_path) == ["episode_000000.mcap", "episode_000001.mcap"]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], capture_output=True)
    if mount.returncode:
        pytest.skip("needs the right to mount; the simulated full disk is tested all the same")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.processes
def test_a_full_disk_keeps_finished_episodes(small_disk, random_episode):
    writer = EpisodeWriter(small_disk)
    with pytest.raises(RecordingError, match="No space left on device; finished episodes are kept"):
        for seed in range(100):
            record(writer, random_episode(seed, steps=40))
    kept = load_episodes(small_disk)
    assert len(kept) >= 1 and not list(small_disk.glob("*.part"))
    for seed, episode in enumerate(kept):
        np.testing.assert_array_equal(episode.action, random_episode(seed, steps=40).action)
    (small_disk / "episode_000000.mcap").unlink()
    record(writer, random_episode(5, steps=2))
    assert len(load_episodes(small_disk)) == len(kept)


def test_a_disk_that_fills_up_while_flushing(tmp_path, monkeypatch, random_episode):
    writer = EpisodeWriter(tmp_path)
    record(writer, random_episode(0))

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RecordingError, match="No space left on device"):
            record(writer, random_episode(1))
    assert names(tmp_path) == ["episode_000000.mcap"]
    record(writer, random_episode(1))
    assert len(load_episodes(tmp_path)) == 2


def test_an_impossible_directory_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="cannot record into .*file: "):
        EpisodeWriter(tmp_path / "file")


def test_an_empty_or_missing_directory_says_so(tmp_path):
    with pytest.raises(FileFormatError, match="holds no episodes; record some with"):
        load_episodes(tmp_path)
    with pytest.raises(FileFormatError, match="is not a directory"):
        load_episodes(tmp_path / "none")


def test_a_damaged_file_is_raised_or_skipped(tmp_path, caplog, random_episode):
    writer = EpisodeWriter(tmp_path)
    for seed in range(3):
        record(writer, random_episode(seed))
    (tmp_path / "episode_000001.mcap").write_bytes(b"not an episode")
    with pytest.raises(FileFormatError, match="episode_000001"):
        load_episodes(tmp_path)
    assert [e.info["seed"] for e in load_episodes(tmp_path, on_bad="skip")] == [0, 2]
    assert "episode_000001" in caplog.text
    with pytest.raises(UnknownNameError, match="raise, skip"):
        load_episodes(tmp_path, on_bad="ignore")


def test_mixed_contracts_are_named(tmp_path, random_episode):
    episode = random_episode()
    write_episode(tmp_path / "episode_000000.mcap", episode)
    other = replace(episode, contract=replace(episode.contract, rate_hz=20.0))
    write_episode(tmp_path / "episode_000001.mcap", other)
    with pytest.raises(ContractMismatchError, match=r"episode_000001.*rate_hz: 20.0 != 10.0"):
        load_episodes(tmp_path)
    with pytest.raises(ContractMismatchError, match=r"skill: 'pick' != 'reach'"):
        load_episodes(tmp_path, contract=random_episode(skill="reach").contract)


def test_recording_on_with_another_contract_is_refused(tmp_path, random_episode):
    record(EpisodeWriter(tmp_path), random_episode())
    with pytest.raises(ContractMismatchError, match=r"skill: 'reach' != 'pick'"):
        EpisodeWriter(tmp_path).start(random_episode(skill="reach").contract, {})
