"""A recording session without ROS: decisions, labels, notes, faults of the disk, reports."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from raw_bags import ACTION, JOINT_STATE, PROFILE, action_message, messages, smooth_episode

from midp_ros.core.contract import Contract
from midp_ros.core.errors import BusyError, ContractMismatchError, RecordingError
from midp_ros.core.stamp import nanoseconds
from midp_ros.recording import load_episodes, read_episode, recorded_info
from midp_ros.recording.bag import pictures
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.bag.recording_thread import STRING, RecordedTopic, text_message
from midp_ros.recording.bag.repair import repair, unfinished_bags
from midp_ros.recording.bag.topic_figures import TopicFigures
from midp_ros.recording.episode_report import idleness, judge, saturation
from midp_ros.recording.session import RecordingSession, State
from midp_ros.recording.setup import Driver, Setup

ROOT = Path(__file__).parents[2]
PICK = Contract.load("pick")
SETUP = Setup("expert", (Driver("expert", ACTION, PICK.step_s, "expert"),))
KINDS = {**{entry.topic: entry.type for entry in PICK.observation}, ACTION: JOINT_STATE, "/recorder/events": STRING}
TOPICS = list(KINDS)
EPISODE = smooth_episode(PICK)


def session(folder, contract=PICK, least_free_mb=0.0, **info):
    topics = [RecordedTopic(name, kind) for name, kind in KINDS.items()]
    about = {"midp_recording": SETUP.to_plain(), "midp_info": {"task": "pick", **info}}
    return RecordingSession(folder, contract, about, topics, least_free_mb)


def batch(k, episode=EPISODE):
    """Messages around one step."""
    time_s, found = episode.time_s[k], []
    for topic, _, data in messages(PICK, time_s, episode.observation[k]):
        found.append((TOPICS.index(topic), k + 1, nanoseconds(time_s), nanoseconds(time_s), data))
    issued = action_message(PICK, time_s, episode.action[k])
    stamp_ns = nanoseconds(time_s + 0.01)
    return [*found, (TOPICS.index(ACTION), k + 1, stamp_ns, stamp_ns, issued)]


def record(one, steps=range(20), **info):
    one.start(info)
    for k in steps:
        one.put(batch(k))
    return one.stop({})


def test_episodes_are_kept_labelled_and_discarded(tmp_path):
    one = session(tmp_path, operator="Eve")
    folder = record(one, seed=4)
    assert one.state is State.DECIDING and folder.name == "episode_000000.part" and len(read_episode(folder)) == 20
    one.mark(True)
    one.note("clean")
    path = one.keep()
    found = read_episode(path)
    assert found.info == {
        "task": "pick", "operator": "Eve", "seed": 4, "success": True, "note": "clean", "left_out": 0
    }  # fmt: skip
    record(one)
    one.discard()
    record(one)
    one.keep()
    one.mark(False)  # the one that was kept last
    one.note("slipped")
    one.note("twice")
    infos = recorded_info(tmp_path)
    assert [info.get("success") for info in infos] == [True, False] and infos[1]["note"] == "slipped; twice"
    assert (one.kept, one.discarded) == (2, 1) and sorted(p.name for p in tmp_path.iterdir()) == [
        "episode_000000", "episode_000001"
    ]  # fmt: skip


def test_calls_out_of_turn_are_refused(tmp_path):
    one = session(tmp_path)
    for call, words in (
        (lambda: one.stop({}), "no episode is being recorded"), (one.keep, "no episode to keep"),
        (one.discard, "no episode to discard"), (lambda: one.mark(True), "no episode to label"),
        (lambda: one.note("x"), "no episode to note"),
    ):  # fmt: skip
        with pytest.raises(RecordingError, match=words):
            call()
    one.start({})
    with pytest.raises(RecordingError, match="is recording; stop it first"):
        one.start({})
    one.discard()
    assert not list(tmp_path.iterdir())
    record(one)
    with pytest.raises(RecordingError, match="is deciding; keep or discard it first"):
        one.start({})


@pytest.mark.processes
def test_a_folder_belongs_to_one_recorder_and_one_contract(tmp_path):
    one = session(tmp_path)
    record(one)
    one.keep()
    trial = "import sys; from midp_ros.core.files.output import lock_folder; lock_folder(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", trial, str(tmp_path)], cwd=ROOT, capture_output=True, text=True)
    assert BusyError.__name__ in done.stderr and "another process writes into" in done.stderr
    with pytest.raises(ContractMismatchError, match="rate_hz"):
        session(tmp_path, replace(PICK, rate_hz=5.0))


def test_what_came_before_the_start_may_belong_to_it(tmp_path):
    one = session(tmp_path)
    one.start({}, [batch(0), batch(1)])
    one.put(batch(2))
    one.stop({})
    assert len(read_episode(one.keep())) == 3


KILLED = """
import sys, time
sys.path.insert(0, "test/recording")
from test_recording_session import *
one = session(Path(sys.argv[1]))
record(one)
one.keep()
one.start({"seed": 1})
began = time.time()
k = 0
while True:
    stamp = time.time()
    wanted = int((stamp - began) * 500)
    while k < wanted:
        one.put([(0, k + 1, nanoseconds(stamp), nanoseconds(stamp), batch(0)[0][4])])
        k += 1
    print(k, time.time(), flush=True)
    time.sleep(0.01)
"""


@pytest.mark.processes
@pytest.mark.parametrize("after_s", [0.8])
def test_a_killed_recorder_loses_less_than_a_second_of_the_running_episode(tmp_path, after_s):
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(out)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        first = run.stdout.readline()
        time.sleep(after_s)
        os.kill(run.pid, signal.SIGKILL)
        handed_over = [line.split() for line in [first, *run.stdout] if line.endswith("\n") and " " in line]
    (folder,) = unfinished_bags(out)
    assert len(load_episodes(out)) == 1, "what was finished is whole"
    done = repair(folder)
    recovered_s = [m.log_ns / 1e9 for _, m in BagReader(done.path).messages()]
    numbers = [m.sequence for _, m in BagReader(done.path).messages()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert float(handed_over[-1][1]) - recovered_s[-1] < 1.0
    assert recorded_info(out)[1] == {"task": "pick", "seed": 1, "recovered": True}


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True)
    if mount.returncode:
        pytest.skip("needs the right to mount; the simulated full disk is tested all the same")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.processes
def test_a_disk_that_is_full_ends_the_episode_and_keeps_what_came(small_disk):
    one, noise = session(small_disk), np.random.default_rng(0)
    record(one)
    one.keep()
    one.start({})
    for k in range(20):
        one.put(batch(k))
    number, end_s = 0, time.monotonic() + 20
    while not one.problem and time.monotonic() < end_s:
        stamp_ns = nanoseconds(1002.0) + number
        text = message_types().encode(STRING, data=noise.bytes(50_000).hex())
        one.put([(TOPICS.index("/recorder/events"), number, stamp_ns, stamp_ns, text)])
        number += 1
        time.sleep(0.002)
    assert "No space left on device; finished episodes are kept" in one.problem
    one.stop({})
    path = one.keep()
    assert "No space left" in read_episode(path).info["ended_by"] and len(read_episode(path)) == 20
    assert len(load_episodes(small_disk)) == 2
    with pytest.raises(RecordingError, match="no room for an episode|No space left"):
        one.start({})


def test_little_room_ends_an_episode_before_the_disk_is_full(tmp_path, monkeypatch):
    one = session(tmp_path, least_free_mb=100.0)
    one.start({})
    assert not one.problem
    monkeypatch.setattr(type(one), "free_mb", property(lambda self: 99.0))
    assert "only 99 MB are free on the disk, the least is 100" in one.problem
    one.discard()
    with pytest.raises(RecordingError, match="no room for an episode: 99 MB are free"):
        one.start({})


def calm():
    """An episode in which the arm moves, far from its limits."""
    observation = EPISODE.observation.copy()
    steps = np.arange(len(observation))[:, None]
    observation[:, PICK.observation_slices["joint_position"]] = PROFILE.ready_rad + 0.01 * steps
    return replace(EPISODE, observation=observation)


# --- figures and judgement -------------------------------------------------------------------------------------------
def test_losses_gaps_and_clocks_of_a_topic_are_counted():
    figures = TopicFigures(stamped=True)
    data = batch(0)[0][4]  # stamped 1000.0 s
    for sequence, time_s in ((5, 1000.01), (6, 1000.02), (9, 1000.33), (10, 1000.30)):
        figures.add(sequence, nanoseconds(time_s), data)
    assert figures.plain(nanoseconds(1000.5)) == {
        "count": 4, "rate_hz": 10.34, "largest_gap_s": 0.31, "lost": 2, "backwards": 1, "smallest_skew_s": 0.01,
        "largest_skew_s": 0.33,
    }  # fmt: skip
    assert figures.silence_s(nanoseconds(1001.3)) == pytest.approx(1.0)
    assert TopicFigures(stamped=False).plain(0) == {"count": 0}


def test_a_bad_episode_is_flagged_and_a_good_one_is_not():
    skews = {"smallest_skew_s": 0.001, "largest_skew_s": 0.1}
    good = {"count": 20, "rate_hz": 10.0, "largest_gap_s": 0.12, "lost": 0, **skews}
    bad = {"count": 9, "rate_hz": 4.5, "largest_gap_s": 0.9, "lost": 3, **skews, "smallest_skew_s": -0.4}
    late = {**good, "smallest_skew_s": 0.6, "largest_skew_s": 0.7, "backwards": 2}

    def flags(figures, awaited=("/a",)):
        return judge(calm(), "", PICK, PROFILE, 2.0, figures, awaited, 0.5).flags

    assert not flags({"/a": good, "/b": {"count": 0}})
    words = " ".join(flags({"/a": bad}))
    for word in ("/a came at 4.5 Hz", "silent for 0.90 s", "3 messages on /a were lost", "0.40 s ahead"):
        assert word in words
    assert flags({"/a": {"count": 0}}) == ("nothing came on /a",)
    assert "back in time 2 times" in " ".join(flags({"/b": late})) and "0.60 s old" in " ".join(flags({"/b": late}))
    failed = judge(None, "it has no whole step", PICK, PROFILE, 2.0, {"/a": good}, ("/a",), 0.5, ["the clock jumped"])
    assert failed.flags == ("the clock jumped", "no episode comes out of it: it has no whole step")
    assert json.dumps(failed.to_plain())


def test_standing_still_and_joints_at_a_limit_are_seen():
    still = EPISODE.observation.copy()
    still[:, PICK.observation_slices["joint_position"]] = PROFILE.ready_rad
    still[:, PICK.observation_slices["gripper_width"]] = 0.04
    moved = still.copy()
    moved[10:, 0] += 0.02 * np.arange(10)
    assert idleness(replace(EPISODE, observation=still)) == 1.0 and saturation(EPISODE, PROFILE) >= 0.0
    assert 0.5 < idleness(replace(EPISODE, observation=moved)) < 0.6
    at_end = still.copy()
    at_end[15:, 3] = PROFILE.position_max_rad[3]
    assert saturation(replace(EPISODE, observation=at_end), PROFILE) == pytest.approx(5 / 19)
    flags = judge(replace(EPISODE, observation=at_end), "", PICK, PROFILE, 2.0, {}, (), 0.5).flags
    assert any("at a limit" in flag for flag in flags) and any("stands still" in flag for flag in flags)


# --- events and pictures ---------------------------------------------------------------------------------------------
def test_a_driver_s_events_give_segments_and_the_part_that_is_kept(tmp_path):
    one = session(tmp_path)
    one.start({})
    changes = [(990.0, "policy"), (1000.75, "correction"), (1001.25, "policy")]
    for k in range(20):
        one.put(batch(k))
    for time_s, label in changes:
        text = text_message({"event": "segment", "label": label, "time_s": time_s})
        one.put([(TOPICS.index("/recorder/events"), 0, nanoseconds(1001.9), 0, text)] * 2)
    text = text_message({"event": "keep_since", "time_s": 1000.45})
    one.put([(TOPICS.index("/recorder/events"), 0, nanoseconds(1001.95), 0, text)])
    one.put([(TOPICS.index("/recorder/events"), 0, nanoseconds(1001.96), 0, text_message({"other": 1}))])
    one.stop({})
    found = read_episode(one.keep())
    assert found.time_s[0] == pytest.approx(1000.5) and len(found) == 15
    parts = [(part["label"], part["start_s"], part["end_s"]) for part in found.info["segments"]]
    assert parts == [("policy", 1000.5, 1000.75), ("correction", 1000.75, 1001.25), ("policy", 1001.25, 1001.9)]


@pytest.mark.parametrize("encoding", ["rgb8", "bgr8", "mono8", "16UC1"])
def test_images_become_pictures_that_image_transport_knows(tmp_path, encoding):
    kind = np.uint16 if encoding == "16UC1" else np.uint8
    shape = (24, 32, 3) if encoding.endswith("gb8") or encoding.endswith("gr8") else (24, 32)
    rows = np.linspace(0, np.iinfo(kind).max, 24 * 32 * (3 if len(shape) == 3 else 1)).reshape(shape).astype(kind)
    header = message_types().decode(JOINT_STATE, batch(0)[0][4]).header
    image = message_types().encode(
        pictures.IMAGE, header=header, height=24, width=32, encoding=encoding, is_bigendian=0,
        step=32 * rows.itemsize * (3 if len(shape) == 3 else 1), data=rows.view(np.uint8).ravel(),
    )  # fmt: skip
    assert pictures.encoding_of(image) == encoding and pictures.compressor("bayer_rggb8", "jpeg") is None
    exact = pictures.decompressed(pictures.compressor(encoding, "png")(image))
    assert exact.encoding == encoding and np.array_equal(exact.data, rows.view(np.uint8).ravel())
    packed = message_types().decode(pictures.COMPRESSED, pictures.compressor(encoding, "jpeg")(image))
    assert packed.format.startswith(f"{encoding}; {'png' if encoding == '16UC1' else 'jpeg'} compressed")
    near = pictures.decompressed(pictures.compressor(encoding, "jpeg")(image))
    assert np.abs(near.data.view(kind).astype(int) - rows.ravel().astype(int)).max() < 40
