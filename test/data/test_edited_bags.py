"""Raw bags are edited like files of steps, and stay bags with every topic."""

import io

import numpy as np
import pytest
from PIL import Image
from raw_bags import RawRecording, header, smooth_episode, write_bag
from rosbags.rosbag2 import Reader

from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.data import editing
from midp_ros.data.repair import repair_all
from midp_ros.recording import load_episodes, read_episode, write_episode
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.directory import is_bag
from midp_ros.recording.formats import open_set, write_set

CONTRACT = Contract.load(package_path("config", "contracts", "pick.yaml"))
IMAGE, JPEG = "sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"


@pytest.fixture
def folder(tmp_path):
    """A bag, and a file of steps."""
    path = tmp_path / "set"
    path.mkdir()
    write_bag(path / "episode_000000", smooth_episode(CONTRACT, 40, 1), seed=1)
    write_episode(path / "episode_000001.mcap", smooth_episode(CONTRACT, 40, 2))
    return path


def _rewritten(folder, change, out):
    remarks = []
    editing.rewrite(folder, out, change, remarks.append, lambda: None)
    return load_episodes(out), remarks


def test_a_trimmed_bag_is_a_bag_with_the_steps_of_its_episode(folder, tmp_path):
    whole = read_episode(folder / "episode_000000")
    episodes, remarks = _rewritten(folder, editing.trim_to(1.0, 2.0, idle=False), tmp_path / "out")
    assert is_bag(tmp_path / "out/episode_000000") and len(remarks) == 2
    assert [len(e) for e in episodes] == [11, 11]
    short = episodes[0]
    for name in ("time_s", "observation", "action"):
        np.testing.assert_array_equal(getattr(short, name), getattr(whole, name)[10:21])
    assert short.info["steps_of_source"] == [10, 21] and short.info["seed"] == 1 and "success" not in short.info
    with Reader(tmp_path / "out/episode_000000") as reader, Reader(folder / "episode_000000") as original:
        assert {c.topic for c in reader.connections} == {c.topic for c in original.connections}
    again = read_episode(folder / "episode_000000")
    assert len(again) == 40, "the source stays"


def test_a_bag_with_a_gap_is_split(tmp_path):
    episode = smooth_episode(CONTRACT, 40, 1)
    episode.time_s[25:] += 3
    (tmp_path / "set").mkdir()
    write_bag(tmp_path / "set/episode_000000", episode)
    episodes, remarks = _rewritten(tmp_path / "set", editing.split_at_faults(None), tmp_path / "out")
    assert [len(e) for e in episodes] == [25, 15] and "a gap of 3.1 s" in remarks[0]
    np.testing.assert_array_equal(episodes[1].action, read_episode(tmp_path / "set/episode_000000").action[25:])


def test_unchanged_bags_are_copied_byte_for_byte_and_deleted_ones_return(folder, tmp_path):
    _rewritten(folder, editing.split_at_faults(None), tmp_path / "out")
    for name in ("metadata.yaml", "episode_000000_0.mcap"):
        assert (tmp_path / "out/episode_000000" / name).read_bytes() == (folder / "episode_000000" / name).read_bytes()
    assert editing.merge([folder, folder], tmp_path / "both") == 4 and len(load_episodes(tmp_path / "both")) == 4
    editing.delete(folder, [0], renumber=True)
    assert len(load_episodes(folder)) == 1 and (folder / "episode_000000.mcap").is_file()
    editing.restore(folder)
    assert sorted(p.name for p in folder.glob("episode_*")) == ["episode_000000.mcap", "episode_000001"]


def _bag_with_pictures(path):
    episode = smooth_episode(CONTRACT, 20, 3)
    recording, part = RawRecording(path, CONTRACT), message_types()
    for k, (time_s, observed, action) in enumerate(zip(episode.time_s, episode.observation, episode.action, strict=True)):
        recording.step(time_s, observed, action)
        shown = np.full((16, 24, 3), (10 * k, 0, 200), np.uint8)
        raw = part.encode(
            IMAGE, header=header(time_s), height=16, width=24, encoding="bgr8", is_bigendian=0, step=72,
            data=np.ascontiguousarray(shown[:, :, ::-1]).reshape(-1),
        )  # fmt: skip
        recording.put("/camera/front/image_raw", IMAGE, time_s + 0.03, raw)
        stream = io.BytesIO()
        Image.fromarray(shown).save(stream, "PNG")
        packed = part.encode(
            JPEG, header=header(time_s), format="png", data=np.frombuffer(stream.getvalue(), np.uint8)
        )
        recording.put("/wrist/color/image_raw/compressed", JPEG, time_s + 0.03, packed)
    recording.writer.finish({"success": True})


def test_pictures_of_a_bag_are_those_that_had_arrived(tmp_path):
    (tmp_path / "set").mkdir()
    _bag_with_pictures(tmp_path / "set/episode_000000")
    found = open_set(tmp_path / "set")
    assert found.cameras == ("front", "wrist")
    (demonstration,) = found
    for camera in demonstration.cameras.values():
        pictures = camera.array()
        assert pictures.shape == (20, 16, 24, 3)
        assert pictures[:, 0, 0, 0].tolist() == [0, *(10 * k for k in range(19))], "30 ms late: that of the step before"
        assert (pictures[:, :, :, 2] == 200).all()
    write_set(tmp_path / "v3", "lerobot", CONTRACT, found)
    (back,) = open_set(tmp_path / "v3")
    assert abs(back.cameras["wrist"].array()[7].astype(int) - [60, 0, 200]).max() < 12
    np.testing.assert_array_equal(back.episode.observation, demonstration.episode.observation)


def test_a_killed_recording_and_a_torn_file_are_repaired(folder):
    recording = RawRecording(folder / "episode_000002", CONTRACT)
    episode = smooth_episode(CONTRACT, 30, 5)
    for row in zip(episode.time_s, episode.observation, episode.action, strict=True):
        recording.step(*row)
    recording.writer.flush()
    recording.writer._file.close()  # as after a kill
    torn = folder / "episode_000001.mcap"
    whole = smooth_episode(CONTRACT, 600, 2)  # several of zstd's blocks, of which only whole ones can be read
    write_episode(torn, whole)
    torn.write_bytes(torn.read_bytes()[: int(0.4 * torn.stat().st_size)])
    done = {each.source.name: each for each in repair_all(folder)}
    assert set(done) == {"episode_000002.part", "episode_000001.mcap"}
    assert "whole steps kept" in done["episode_000001.mcap"].outcome
    episodes = load_episodes(folder)
    assert [len(e) for e in episodes][::2] == [40, 30]
    kept = episodes[1]
    assert 100 < len(kept) < 600
    np.testing.assert_array_equal(kept.observation, whole.observation[: len(kept)])
    assert kept.info["recovered"] and "success" not in kept.info
    assert (folder / "trash/000/episode_000001.mcap").is_file(), "the damaged file is kept"
    assert list(repair_all(folder)) == []
