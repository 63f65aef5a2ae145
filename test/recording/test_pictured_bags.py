"""A bag with cameras becomes an episode of a contract with images: what had arrived at each step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from raw_bags import RawRecording, header, smooth_episode

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.core.stamp import nanoseconds
from midp_ros.recording import read_episode
from midp_ros.recording.bag import pictures
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.picture_message import encoded
from midp_ros.recording.stored_pictures import StoredPictures

CONTRACT = Contract.load("reach_pixels")
FRONT, WRIST = (image.topic for image in CONTRACT.images)
STEPS = 6


def shade(step):
    return np.full((96, 96, 3), 20 * step, np.uint8)


def raw_image(picture, stamp_s):
    tall, wide, _ = picture.shape
    return message_types().encode(
        pictures.IMAGE, header=header(stamp_s), height=tall, width=wide, encoding="rgb8", is_bigendian=0,
        step=3 * wide, data=picture.reshape(-1),
    )  # fmt: skip


def bag(path, contract=CONTRACT, wrist_from=0, compressed=False):
    """Each step's pictures come 20 ms before it; the front camera's are larger than the contract's."""
    blank = np.zeros((STEPS, 96, 96, 3), np.uint8)
    plain = smooth_episode(replace(contract, images=()), STEPS)
    episode = replace(plain, contract=contract, images={image.name: blank for image in contract.images})
    recording = RawRecording(path, contract)
    for step, time_s in enumerate(episode.time_s):
        at_s = time_s - 0.02
        large = raw_image(shade(step).repeat(2, 0).repeat(3, 1), at_s)
        if compressed:  # as the recorder does on its way to the disk
            recording.put(FRONT + pictures.SUFFIX, pictures.COMPRESSED, at_s, pictures.compressed(large, "png"))
        else:
            recording.put(FRONT, pictures.IMAGE, at_s, large)
        if step >= wrist_from:
            kind = contract.images[1].type
            picture = raw_image if kind == pictures.IMAGE else lambda p, s: encoded(p, nanoseconds(s), "")
            recording.put(WRIST, kind, at_s, picture(shade(step), at_s))
        recording.step(time_s, episode.observation[step], episode.action[step])
    return recording.writer.finish({"success": True})


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("wrist", ["sensor_msgs/msg/Image", "sensor_msgs/msg/CompressedImage"])
def test_each_step_has_the_pictures_that_had_arrived(tmp_path, compressed, wrist):
    front = CONTRACT.images[0]
    contract = replace(CONTRACT, images=(front, replace(CONTRACT.images[1], type=wrist)))
    episode = read_episode(bag(tmp_path / "episode_000000", contract, compressed=compressed))
    assert len(episode) == STEPS
    for name in ("front", "wrist"):
        assert isinstance(episode.images[name], StoredPictures), "many bags are larger than memory"
        assert episode.images[name].shape == (STEPS, 96, 96, 3)
        assert episode.images[name][:, 50, 50, 0].tolist() == [20 * step for step in range(STEPS)]


def test_a_step_without_a_picture_is_left_out(tmp_path):
    episode = read_episode(bag(tmp_path / "episode_000000", wrist_from=2))
    assert len(episode) == STEPS - 2
    assert episode.images["front"][0, 0, 0, 0] == 40


def test_a_bag_without_the_camera_says_so(tmp_path):
    path = bag(tmp_path / "episode_000000", wrist_from=STEPS)
    with pytest.raises(FileFormatError, match=f"no observation yet of wrist: nothing on {WRIST}"):
        read_episode(path)


def test_a_contract_without_images_reads_the_same_bag(tmp_path):
    path = bag(tmp_path / "episode_000000")
    episode = read_episode(path, replace(CONTRACT, images=()))
    assert len(episode) == STEPS and episode.images == {}
