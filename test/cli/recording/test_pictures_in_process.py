"""`midp record` with a contract of pictures: the expert sees the object, the episodes have pictures in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midp_ros.cli.recording.players import prepare
from midp_ros.cli.recording.settings import Settings
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ContractError, FileFormatError, UnknownNameError
from midp_ros.data.cutting import part
from midp_ros.recording import EpisodeWriter, load_episodes
from midp_ros.simulation import Simulation
from midp_ros.simulation.camera.camera import contract_cameras


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """One episode of `reach` with pictures, and the same one without, each as it was and as it is read back."""
    found = {}
    for contract in ("reach_pixels", "reach"):
        writer = EpisodeWriter(tmp_path_factory.mktemp(contract))
        settings = Settings("reach", "fr3", contract, 0.01, 0.0, False)
        writer.start(settings.agreed, {})
        result = prepare(settings, writer)(4)
        writer.finish({"success": result.success})
        found[contract] = writer.last, *load_episodes(writer.directory)
    return found


def test_the_expert_does_the_same_with_cameras(recorded):
    pictured, plain = recorded["reach_pixels"][0], recorded["reach"][0]
    assert pictured.success
    np.testing.assert_array_equal(pictured.action, plain.action)
    np.testing.assert_array_equal(pictured.column("tool_position"), plain.column("tool_position"))
    assert "goal_position" not in pictured.contract.observation_slices


def test_pictures_come_back_from_the_file_as_they_were(recorded):
    before, after = recorded["reach_pixels"]
    assert set(after.images) == {"front", "wrist"}
    for name, pictures in before.images.items():
        assert pictures.shape == (len(before), 96, 96, 3) and pictures.dtype == np.uint8
        np.testing.assert_array_equal(after.images[name], pictures)


def test_each_picture_shows_its_own_step(recorded):
    episode = recorded["reach_pixels"][0]
    contract = episode.contract
    simulation = Simulation("reach", contract.robot, cameras=contract_cameras(contract))
    simulation.reset(4)
    first, last = simulation.pictures(), len(episode) - 1
    simulation.place(episode.column("joint_position")[last])
    simulation.gripper.place(0.08)
    then = simulation.pictures()
    for name in ("front", "wrist"):
        np.testing.assert_array_equal(episode.images[name][0], first[name])
        differ = np.abs(episode.images[name][last].astype(int) - then[name]).max(axis=-1) > 8
        assert differ.mean() < 0.02 < (np.abs(first[name].astype(int) - then[name]).max(axis=-1) > 8).mean()


def test_a_part_of_an_episode_keeps_its_pictures(recorded):
    episode = recorded["reach_pixels"][0]
    cut = part(episode, 3, 8).episode
    np.testing.assert_array_equal(cut.images["wrist"], episode.images["wrist"][3:8])


def test_an_unknown_camera_is_refused_before_anything_is_recorded(tmp_path):
    contract = Contract.load("reach_pixels")
    other = replace(contract, images=(replace(contract.images[0], name="roof"),))
    with pytest.raises(UnknownNameError, match="unknown camera of the stand-in 'roof'; known: front, wrist"):
        contract_cameras(other)


def test_an_expert_demonstrates_for_pictures_by_the_actions_of_its_task(tmp_path):
    data = Contract.load("reach_pixels").to_dict()
    data["rate_hz"] = 5.0
    path = tmp_path / "slow.yaml"
    path.write_text(str(data))
    with pytest.raises(ContractError, match="other actions or another rate than 'reach'"):
        _ = Settings("reach", "fr3", str(path), 0.0, 0.0, False).expert_contract


def test_a_file_without_a_picture_is_refused(recorded, tmp_path):
    from midp_ros.recording.mcap_file import write_episode

    episode = recorded["reach_pixels"][0]
    with pytest.raises(FileFormatError, match="no pictures of 'front'"):
        write_episode(tmp_path / "episode.mcap", replace(episode, images={}))
