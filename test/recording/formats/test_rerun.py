"""Recordings for Rerun, judged by Rerun's own program and read back by its own reader."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
import sets

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.bag.recording_thread import STRING, text_message
from midp_ros.recording.formats import Demonstration, format_of, open_set, write_set

rerun_cli = pytest.importorskip("rerun_cli", reason="NOT CHECKED, since the extra `rerun` is not installed")
pytestmark = pytest.mark.processes


def columns(path):
    """Times on the timeline `time` [ns] and values, by entity and component."""
    from rerun.chunk import RrdReader

    found = {}
    for chunk in RrdReader(path).stream():
        batch = chunk.to_record_batch()
        times = None if chunk.is_static else np.asarray(batch["time"].cast("int64"))
        for name in batch.schema.names:
            found[chunk.entity_path, name.split(":")[-1]] = times, batch[name]
    return found


def test_joints_poses_pictures_and_events_on_the_recordings_own_clock(tmp_path):
    (shown,) = sets.demonstrations(1, ("front",))
    times_s = shown.episode.time_s
    shown = Demonstration(shown.episode, shown.cameras, ((float(times_s[3]), "it slipped"), (float(times_s[9]), "end")))
    write_set(tmp_path / "set", "rerun", sets.contract(), [shown])
    path = tmp_path / "set" / "episode_000000.rrd"
    program = Path(rerun_cli.__file__).with_name("rerun")
    judged = subprocess.run([program, "rrd", "verify", path], capture_output=True, text=True)
    assert judged.returncode == 0 and "1 file verified without error" in judged.stderr + judged.stdout, judged.stderr
    found, stamps_ns = columns(path), np.round(times_s * 1e9)
    for entity, wanted in (
        (("/observation/joint_position", "scalars"), shown.episode.column("joint_position")),
        (("/observation/gripper_width", "scalars"), shown.episode.column("gripper_width")),
        (("/action/tool_position", "scalars"), shown.episode.action[:, :3]),
        (("/scene/tool", "translation"), shown.episode.column("tool_position")[:, None]),
    ):
        times, values = found[entity]
        np.testing.assert_allclose(times, stamps_ns, atol=300, rtol=0, err_msg=str(entity))
        np.testing.assert_allclose(np.array(values.to_pylist(), float), wanted, atol=1e-6)
    assert len(found["/camera/front", "blob"][1]) == len(times_s) and ("/scene/tool_path", "strips") in found
    times, texts = found["/events", "text"]
    assert texts.to_pylist() == [["it slipped"], ["end"]]
    np.testing.assert_allclose(times, stamps_ns[[3, 9]], atol=300, rtol=0)
    with pytest.raises(FileFormatError, match="written only; `rerun .*` shows it"):
        format_of(path)


def test_a_bag_s_events_and_the_clock_of_a_simulation(tmp_path):
    from raw_bags import RawRecording, smooth_episode

    episode = smooth_episode(sets.contract(), steps=5)
    (tmp_path / "bags").mkdir()
    bag = RawRecording(tmp_path / "bags" / "episode_000000", episode.contract)
    for row in zip(episode.time_s, episode.observation, episode.action, strict=True):
        bag.step(*row)
    note = {"event": "note", "text": "it slipped", "time_s": 1000.2}
    bag.put("/recorder/events", STRING, 1000.2, text_message(note))
    bag.writer.finish({"success": False})
    source = open_set(tmp_path / "bags")
    write_set(tmp_path / "set", "rerun", source.contract, source)
    found = columns(next(Path(tmp_path, "set").iterdir()))
    times, texts = found["/events", "text"]
    assert texts.to_pylist() == [["/recorder/events: note, text it slipped"]] and times.tolist() == [1000200000000]
