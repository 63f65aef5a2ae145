"""Sets as other projects' readers and writers know them, without this package's code."""

import json

import h5py
import numpy as np
import pytest
import sets
import zarr

from midp_ros.core.errors import FileFormatError
from midp_ros.recording.formats import ReadOptions, open_set, write_set


@pytest.mark.slow
def test_zarr_is_what_the_diffusion_policy_project_reads(tmp_path):
    """Its `ReplayBuffer`: every array in data has as many steps as the last episode's end; version 2 of the format."""
    originals = list(sets.demonstrations(3, ("front",)))
    write_set(tmp_path / "set.zarr", "zarr", sets.contract(), originals)
    root = zarr.open_group(str(tmp_path / "set.zarr"), mode="r")
    assert json.loads((tmp_path / "set.zarr/.zgroup").read_text())["zarr_format"] == 2
    ends = root["meta"]["episode_ends"][:]
    assert ends.tolist() == [20, 43, 69]
    assert {array.shape[0] for _, array in root["data"].arrays()} == {69}
    np.testing.assert_array_equal(root["data"]["action"][20:43], originals[1].episode.action)
    np.testing.assert_array_equal(root["data"]["tool_position"][:20], originals[0].episode.column("tool_position"))
    np.testing.assert_array_equal(root["data"]["front"][43], originals[2].cameras["front"].first())
    assert root["data"]["front"].chunks == (1, 32, 48, 3)


def test_hdf5_is_what_robomimic_reads(tmp_path):
    """Its `SequenceDataset`: demos by number, num_samples, actions, obs, rewards and dones; filters in mask."""
    originals = list(sets.demonstrations(3))
    write_set(tmp_path / "set.hdf5", "hdf5", sets.contract(), originals)
    with h5py.File(tmp_path / "set.hdf5") as file:
        assert sorted(file["data"]) == ["demo_0", "demo_1", "demo_2"] and file["data"].attrs["total"] == 69
        assert json.loads(file["data"].attrs["env_args"])["env_kwargs"]["control_freq"] == 10
        demo = file["data/demo_1"]
        assert demo.attrs["num_samples"] == 23 == len(demo["actions"])
        assert demo["dones"][:].tolist() == demo["rewards"][:].tolist() == [0] * 22 + [1]
        assert file["data/demo_0/rewards"][:].max() == 0, "a failure is not rewarded"
        np.testing.assert_array_equal(demo["obs/tool_position"], originals[1].episode.column("tool_position"))
        masks = {name: [n.decode() for n in names] for name, names in file["mask"].items()}
        assert masks == {"success": ["demo_1", "demo_2"], "failure": ["demo_0"], "train": ["demo_1", "demo_2"]}


def test_robomimics_own_layout_is_read(tmp_path):
    rng = np.random.default_rng(0)
    with h5py.File(tmp_path / "lift.hdf5", "w") as file:
        data = file.create_group("data")
        data.attrs["env_args"] = json.dumps({"env_name": "Lift", "env_kwargs": {"control_freq": 20}})
        for number in (0, 10, 2):
            demo = data.create_group(f"demo_{number}")
            demo["actions"] = rng.normal(size=(15, 7))
            demo["obs/robot0_eef_pos"], demo["obs/object"] = rng.normal(size=(15, 3)), rng.normal(size=(15, 10))
            demo["obs/agentview_image"] = rng.integers(0, 255, (15, 8, 8, 3), np.uint8)
            demo["rewards"] = (np.arange(15) == 14) * float(number > 0)
    found = open_set(tmp_path / "lift.hdf5")
    assert (found.contract.skill, found.contract.rate_hz, found.cameras) == ("Lift", 20, ("agentview_image",))
    assert {e.name: e.size for e in found.contract.observation} == {"object": 10, "robot0_eef_pos": 3}
    episodes = [d.episode for d in found]
    assert [e.success for e in episodes] == [False, True, True]
    assert [e.name.rpartition("/")[2] for e in episodes] == [f"lift.hdf5[demo_{n}]" for n in (0, 2, 10)]
    np.testing.assert_allclose(episodes[0].time_s, np.arange(15) / 20)
    assert "derived" in found.remarks[0] and "no times" in found.remarks[1]


def _zarr_of_others(folder, arrays):
    root = zarr.open_group(str(folder), mode="w", zarr_format=2)
    for name, values in arrays.items():
        group, _, key = name.partition("/")
        array = root.require_group(group).create_array(key, shape=values.shape, dtype=values.dtype)
        array[:] = values
    return folder


def test_zarr_of_others_needs_a_rate_or_its_own_times(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "data/action": rng.normal(size=(30, 2)).astype(np.float32),
        "data/keypoint": rng.normal(size=(30, 9, 2)).astype(np.float32),
        "meta/episode_ends": np.array([12, 30]),
    }
    path = _zarr_of_others(tmp_path / "some.zarr", arrays)
    with pytest.raises(FileFormatError, match="does not state its rate; give --rate-hz, or --contract"):
        open_set(path)
    found = open_set(path, ReadOptions(rate_hz=5, task="sort"))
    assert (found.contract.skill, found.contract.robot, found.contract.observation_size) == ("sort", "none", 18)
    episodes = [d.episode for d in found]
    np.testing.assert_array_equal(episodes[1].observation, arrays["data/keypoint"][12:].reshape(18, 18))
    assert episodes[1].time_s[1] == 0.2 and episodes[1].info["task"] == "sort"
    arrays["data/timestamp"] = np.concatenate([100 + np.arange(12) / 8, 300 + np.arange(18) / 8])
    timed = open_set(_zarr_of_others(tmp_path / "timed.zarr", arrays))
    assert timed.contract.rate_hz == 8 and [d.episode.time_s[0] for d in timed] == [100, 300]


def test_a_contract_that_does_not_fit_is_named(tmp_path):
    arrays = {"data/action": np.zeros((5, 2)), "data/state": np.zeros((5, 4)), "meta/episode_ends": np.array([5])}
    path = _zarr_of_others(tmp_path / "some.zarr", arrays)
    with pytest.raises(FileFormatError, match=r"needs joint_position, .*, or one array of 26 values; .*state \(4\)"):
        open_set(path, ReadOptions(contract=sets.contract()))
    arrays["meta/episode_ends"] = np.array([4])
    with pytest.raises(FileFormatError, match="does not rise from above 0 to 5"):
        open_set(_zarr_of_others(tmp_path / "cut.zarr", arrays), ReadOptions(rate_hz=10))
    del arrays["data/action"]
    with pytest.raises(FileFormatError, match="has no data/action; it has state"):
        open_set(_zarr_of_others(tmp_path / "idle.zarr", arrays), ReadOptions(rate_hz=10))
