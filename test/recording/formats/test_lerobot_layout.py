"""What other readers of LeRobotDataset v3.0 and v2.1 depend on, read with pyarrow alone."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import sets

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.formats import ReadOptions, open_set, write_set
from midp_ros.recording.formats.lerobot import layout, statistics


@pytest.fixture
def v3(tmp_path):
    write_set(tmp_path / "v3", "lerobot", sets.contract(), sets.demonstrations(3, ("front",)))
    return tmp_path / "v3"


@pytest.fixture
def v21(tmp_path):
    write_set(tmp_path / "v21", "lerobot-v2.1", sets.contract(), sets.demonstrations(3, ("front",)))
    return tmp_path / "v21"


def test_v3_names_its_parts(v3):
    info = json.loads((v3 / "meta/info.json").read_text())
    assert info["codebase_version"] == "v3.0" and info["fps"] == 10 and info["robot_type"] == "fr3"
    assert (info["total_episodes"], info["total_frames"], info["total_tasks"]) == (3, 20 + 23 + 26, 2)
    features = info["features"]
    assert features["observation.state"]["names"][:2] == ["joint_position_0", "joint_position_1"]
    assert features["observation.state"]["names"][7:10] == ["tool_position_x", "tool_position_y", "tool_position_z"]
    assert features["observation.environment_state"]["shape"] == [9]
    assert features["action"]["shape"] == [10]
    assert features["observation.images.front"]["shape"] == [32, 48, 3]
    rows = pq.read_table(v3 / "data/chunk-000/file-000.parquet")
    assert rows["index"].to_pylist() == list(range(69)) and rows["episode_index"].to_pylist()[20] == 1
    np.testing.assert_allclose(rows["timestamp"].to_pylist()[:3], [0, 0.1, 0.2], atol=1e-7)
    tasks = pq.read_table(v3 / "meta/tasks.parquet")
    assert dict(zip(tasks["task"].to_pylist(), tasks["task_index"].to_pylist(), strict=True)) == {
        "pick 0": 0, "pick 1": 1
    }  # fmt: skip
    assert json.loads(tasks.schema.metadata[b"pandas"])["index_columns"] == ["task"]


def test_v3_says_where_each_episode_is(v3):
    episodes = pq.read_table(v3 / "meta/episodes/chunk-000/file-000.parquet").to_pylist()
    assert [(e["dataset_from_index"], e["dataset_to_index"]) for e in episodes] == [(0, 20), (20, 43), (43, 69)]
    place = "videos/observation.images.front/"
    assert [e[place + "from_timestamp"] for e in episodes] == pytest.approx([0, 2.0, 4.3])
    assert [e[place + "file_index"] for e in episodes] == [0, 0, 0]
    assert np.shape(episodes[0]["stats/observation.images.front/mean"]) == (3, 1, 1)
    assert len(list(v3.rglob("*.mp4"))) == 1


def test_full_files_are_followed_by_others(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "DATA_FILE_MB", 0.001)
    monkeypatch.setattr(layout, "VIDEO_FILE_MB", 0)
    originals = list(sets.demonstrations(4, ("front",)))
    write_set(tmp_path / "v3", "lerobot", sets.contract(), originals)
    assert len(list((tmp_path / "v3/data").rglob("*.parquet"))) > 1
    assert len(list((tmp_path / "v3/videos").rglob("*.mp4"))) > 1
    for back, original in zip(open_set(tmp_path / "v3"), originals, strict=True):
        sets.assert_same(back.episode, original.episode)
        assert len(back.cameras["front"].array()) == len(original.episode)


def test_v21_has_files_for_each_episode(v21):
    assert sorted(p.name for p in (v21 / "data/chunk-000").iterdir()) == [f"episode_00000{i}.parquet" for i in range(3)]
    assert len(list((v21 / "videos/chunk-000/observation.images.front").iterdir())) == 3
    info = json.loads((v21 / "meta/info.json").read_text())
    assert (info["codebase_version"], info["total_videos"], info["total_chunks"]) == ("v2.1", 3, 1)
    lines = [json.loads(line) for line in (v21 / "meta/episodes.jsonl").read_text().splitlines()]
    assert lines[1] == {"episode_index": 1, "tasks": ["pick 1"], "length": 23}
    stats = [json.loads(line) for line in (v21 / "meta/episodes_stats.jsonl").read_text().splitlines()]
    assert stats[2]["stats"]["action"]["count"] == [26]
    modality = json.loads((v21 / "meta/modality.json").read_text())
    assert modality["state"]["tool_position"] == {"start": 7, "end": 10, "original_key": "observation.state"}
    assert modality["video"] == {"front": {"original_key": "observation.images.front"}}


def test_statistics_of_parts_are_those_of_the_whole():
    values = np.random.default_rng(0).normal(3, 2, (300, 4))
    parts = statistics.together([statistics.of_values(p) for p in np.split(values, [50, 120])])
    whole = statistics.of_values(values)
    for name in ("min", "max", "mean", "std", "count"):
        np.testing.assert_allclose(parts[name], whole[name], err_msg=name)
    shown = sets.pictures(0, 5)
    found = statistics.of_pictures(shown)
    np.testing.assert_allclose(np.ravel(found["mean"]), shown.reshape(-1, 3).mean(0) / 255)


def test_a_set_edited_by_others_keeps_what_still_fits(v3):
    """As after LeRobot's own `delete_episodes`: the first episode is gone, its record beside the data is not."""
    rows = pq.read_table(v3 / "data/chunk-000/file-000.parquet")
    kept = rows.slice(20)
    pq.write_table(kept, v3 / "data/chunk-000/file-000.parquet")
    meta = v3 / "meta/episodes/chunk-000/file-000.parquet"
    pq.write_table(pq.read_table(meta).slice(1), meta)
    originals = list(sets.demonstrations(3))[1:]
    for back, original in zip(open_set(v3), originals, strict=True):
        sets.assert_same(back.episode, original.episode)


def test_changed_values_lose_their_exact_past(v3):
    path = v3 / "data/chunk-000/file-000.parquet"
    rows = pq.read_table(path)
    action = np.stack(rows["action"].to_pylist()).astype(np.float32)
    action[5] += 1
    from midp_ros.recording.formats.lerobot.tables import fixed_lists

    rows = rows.set_column(rows.column_names.index("action"), "action", fixed_lists(action))
    pq.write_table(rows, path)
    first, second, _ = (d.episode for d in open_set(v3))
    assert "seed" not in first.info and second.info["seed"] == 1
    np.testing.assert_allclose(first.action[4], sets.episode(0, 20).action[4], rtol=1e-7)


def test_a_stranger_set_needs_no_contract(v3):
    for name in ("midp_ros.json", "midp_ros.parquet"):
        (v3 / "meta" / name).unlink()
    found = open_set(v3)
    assert [e.name for e in found.contract.observation] == ["state", "environment_state"]
    assert "derived" in found.remarks[0] and "float32" in found.remarks[1]
    back = next(iter(found)).episode
    assert back.info["task"] == "pick 0" and back.contract.rate_hz == 10
    with_contract = open_set(v3, ReadOptions(contract=sets.contract()))
    back, original = next(iter(with_contract)).episode, sets.episode(0, 20)
    np.testing.assert_allclose(back.observation, original.observation, rtol=2**-24)
    np.testing.assert_allclose(back.action, original.action, rtol=2**-24)


def test_other_versions_and_odd_pictures_are_refused(v3, tmp_path):
    info = json.loads((v3 / "meta/info.json").read_text())
    (v3 / "meta/info.json").write_text(json.dumps({**info, "codebase_version": "v2.0"}))
    with pytest.raises(FileFormatError, match="LeRobotDataset v2.0; v3.0 and v2.1 are read"):
        open_set(v3)
    from midp_ros.recording.formats import Camera, Demonstration

    odd = Demonstration(sets.episode(0, 5), {"front": Camera.of(sets.pictures(0, 5, 31))})
    with pytest.raises(FileFormatError, match="48 x 31"):
        write_set(tmp_path / "odd", "lerobot", sets.contract(), [odd])
