"""Files of a black box: names, limits, a full disk, two at once; and what is read back is what was written."""

import errno
import io
import os
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from own_time import own_time
from planted_causes import incident, position_off

from midp_ros.blackbox import BoxEvent, box_file, read_recording, write_recording
from midp_ros.blackbox.box_writer import BoxWriter
from midp_ros.blackbox.ring import Ring
from midp_ros.blackbox.trigger import AFTER_S, PAUSE_S, Trigger
from midp_ros.core.errors import FileFormatError

EVENT = BoxEvent(1.0, "reflex", "why")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("box") / "box.mcap"
    path.write_bytes(incident(position_off)["robot"])
    return read_recording(path)


def writer(folder, keep=20):
    said, complained = [], []
    return BoxWriter(folder, "/left/policy", said.append, complained.append, keep), said, complained


def test_what_is_read_is_what_was_written(recording, tmp_path):
    stream = io.BytesIO()
    write_recording(stream, recording)
    path = tmp_path / "again.mcap"
    path.write_bytes(stream.getvalue())
    again = read_recording(path)
    for name in ("setpoints", "states", "forces", "targets"):
        one, other = getattr(recording, name), getattr(again, name)
        np.testing.assert_array_equal(one.time_s, other.time_s)
        for a, b in zip(one.values, other.values, strict=True):
            np.testing.assert_array_equal(a, b)
    assert again.events == recording.events
    assert again.trigger == recording.trigger
    assert again.contract == recording.contract
    for one, other in zip(recording.trajectories, again.trajectories, strict=True):
        np.testing.assert_array_equal(one.trajectory.position_rad, other.trajectory.position_rad)
        np.testing.assert_allclose(one.trajectory.time_s, other.trajectory.time_s, atol=1e-9)


def test_the_writing_leaves_the_interpreter_to_the_loop_again_and_again(recording, monkeypatch):
    """Each rest gives the interpreter away at once; taking it back from a thread that does not rest takes 5 ms."""
    rests, worked_s, since_s = [], [], [time.thread_time()]

    def rest(duration_s):
        worked_s.append(time.thread_time() - since_s[0])
        rests.append(duration_s)
        since_s[0] = time.thread_time()

    own_time(monkeypatch, box_file, sleep=rest)
    many = replace(recording, trajectories=recording.trajectories[:1] * 200)
    write_recording(io.BytesIO(), many)
    assert len(rests) >= 20 and min(rests) > 0
    assert np.median(worked_s) < 0.005, "of the processor's time between two rests [s]"


def test_the_writing_thread_has_the_process_s_own_priority(recording, tmp_path):
    """With a lower one it would hold the interpreter while a busy process keeps it from running."""
    found = []

    def build():
        found.append((os.sched_getscheduler(0), os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
        return recording

    box, said, _ = writer(tmp_path)
    box.save(build, EVENT)
    box.close(30.0)
    assert found == [(os.SCHED_OTHER, os.getpriority(os.PRIO_PROCESS, os.getpid()))] and len(said) == 1


def test_a_trajectory_whose_joints_were_reordered_is_written(recording, tmp_path):
    given = recording.trajectories[0]
    columns = np.asfortranarray(given.trajectory.position_rad)
    moved = replace(given, trajectory=replace(given.trajectory, position_rad=columns))
    path = tmp_path / "box.mcap"
    with path.open("wb") as stream:
        write_recording(stream, replace(recording, trajectories=(moved,)))
    np.testing.assert_array_equal(read_recording(path).trajectories[0].trajectory.position_rad, columns)


def test_other_programs_read_it(recording, tmp_path):
    from mcap.reader import make_reader

    stream = io.BytesIO()
    write_recording(stream, recording)
    stream.seek(0)
    reader = make_reader(stream)
    kinds = {channel.topic: schema.name for schema, channel, _ in reader.iter_messages()}
    assert kinds["/blackbox/setpoints"] == "sensor_msgs/msg/JointState"
    assert kinds["/blackbox/trajectories"] == "trajectory_msgs/msg/JointTrajectory"


def test_two_at_once_get_two_names_and_nothing_is_overwritten(recording, tmp_path):
    (first, said, _), (second, told, _) = writer(tmp_path), writer(tmp_path)
    for each in (first, second, first):
        each.save(lambda: recording, EVENT)
    first.close()
    second.close()
    found = sorted(tmp_path.iterdir())
    assert len(found) == 3
    assert len(said) + len(told) == 3
    assert all(read_recording(path).trigger == recording.trigger for path in found)


def test_the_oldest_go_first_and_only_its_own(recording, tmp_path):
    other = tmp_path / "20200101T000000_expert_reflex.mcap"
    renamed = tmp_path / "the_one_to_keep.mcap"
    for path in (other, renamed):
        path.write_bytes(b"x")
    old = [tmp_path / f"2020010{k}T000000_left_policy_reflex.mcap" for k in range(1, 6)]
    for path in old:
        path.write_bytes(b"x")
    one, _, _ = writer(tmp_path, keep=3)
    one.save(lambda: recording, EVENT)
    one.close()
    assert other.exists()
    assert renamed.exists()
    assert [path.exists() for path in old] == [False, False, False, True, True]


def test_a_full_disk_leaves_nothing_and_says_so(recording, tmp_path, monkeypatch):
    one, said, complained = writer(tmp_path)

    def refuse(stream, recording):
        stream.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("midp_ros.blackbox.box_writer.write_recording", refuse)
    one.save(lambda: recording, EVENT)
    one.close()
    assert not said
    assert "No space left on device" in complained[0]
    assert list(tmp_path.iterdir()) == []


def test_more_than_two_that_wait_are_dropped_by_name(recording, tmp_path):
    one, _, complained = writer(tmp_path)
    gate = threading.Event()

    def slowly():
        gate.wait(10)
        return recording

    for _ in range(3):
        one.save(slowly, EVENT)
    gate.set()
    one.close()
    assert complained == ["black box not written, as 2 others still are: why"]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_damaged_file_is_refused_by_name(tmp_path):
    path = tmp_path / "half.mcap"
    path.write_bytes(incident(position_off)["robot"][:5000])
    with pytest.raises(FileFormatError, match=r"half\.mcap"):
        read_recording(path)


def test_a_ring_forgets_what_is_old():
    ring = Ring(lasts_s=1.0)
    for k in range(100):
        ring.add("a", 0.1 * k, k)
    assert [k for _, k in ring.snapshot()["a"]] == list(range(89, 100))


def test_a_cause_is_saved_once_with_what_follows_it():
    saved = []
    trigger = Trigger(saved.append)
    trigger.pull(EVENT)
    trigger.pull(BoxEvent(1.1, "stop", "a consequence"))
    trigger.look(EVENT.time_s + AFTER_S - 0.1)
    assert not saved
    trigger.look(EVENT.time_s + AFTER_S)
    assert saved == [EVENT]
    trigger.pull(BoxEvent(EVENT.time_s + PAUSE_S / 2, "reflex", "again"))
    trigger.finish()
    assert saved == [EVENT]
    asked = BoxEvent(EVENT.time_s + PAUSE_S / 2, "operator", "asked")
    trigger.pull(asked)
    trigger.finish()
    assert saved == [EVENT, asked]
