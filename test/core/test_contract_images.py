"""Images of a contract stand beside the observation vector, and old contracts are as they were."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import ContractError, ContractMismatchError, FileFormatError, ObservationError
from midp_ros.core.window import ObservationWindow, observed_images

PIXELS = Contract.load("pick_pixels")
FRONT, WRIST = (np.full((96, 96, 3), shade, np.uint8) for shade in (10, 20))


def vector(value=0.5):
    return np.full(PIXELS.observation_size, value)


def test_images_are_no_part_of_the_vector():
    assert PIXELS.observation_size == 7 + 3 + 6 + 1
    assert [entry.name for entry in PIXELS.observed] == [*PIXELS.observation_slices, "front", "wrist"]
    assert PIXELS.in_namespace("left").images[0].topic == "/left/camera/front/image_raw"


def test_a_contract_without_images_writes_what_it_always_wrote():
    assert "images" not in Contract.load("pick").to_dict()
    assert Contract.from_json(PIXELS.to_json()) == PIXELS
    assert json.loads(PIXELS.to_json())["images"][1]["shape"] == [96, 96, 3]


def test_a_difference_of_images_is_named():
    other = replace(PIXELS, images=(replace(PIXELS.images[0], shape=(64, 64, 3)), PIXELS.images[1]))
    with pytest.raises(ContractMismatchError, match=r"images\[front\].shape\[0\]: 96 != 64"):
        PIXELS.require_match(other, "the node", "the model")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": [96, 96]}, "image 'front': shape must be height, width and 3"),
        ({"shape": [0, 96, 3]}, "image 'front': shape must be"),
        ({"type": "sensor_msgs/msg/PointCloud2"}, "none of sensor_msgs/msg/Image, sensor_msgs/msg/CompressedImage"),
        ({"name": "tool_position"}, "names an entry twice"),
        ({"size": 3}, "unknown key 'size'"),
    ],
)
def test_what_is_wrong_with_an_image_is_named(change, message):
    data = PIXELS.to_dict()
    data["images"][0].update(change)
    with pytest.raises(ContractError, match=message):
        Contract.from_dict(data)


def test_a_window_pads_pictures_as_it_pads_vectors():
    window = ObservationWindow(PIXELS)
    window.push(0.0, vector(), {"front": FRONT, "wrist": WRIST})
    assert (window.images()["wrist"] == 20).all() and window.images()["wrist"].shape == (2, 96, 96, 3)
    window.push(0.1, vector(), {"front": FRONT + 1, "wrist": WRIST + 1})
    assert window.images()["front"][:, 0, 0, 0].tolist() == [10, 11]
    assert window.copy().images()["front"][:, 0, 0, 0].tolist() == [10, 11]


def test_a_window_that_lacks_a_picture_says_which():
    window = ObservationWindow(PIXELS)
    window.push(0.0, vector(), {"front": FRONT})
    with pytest.raises(ObservationError, match="lacks pictures of 'wrist'"):
        window.images()


@pytest.mark.parametrize("picture", [FRONT.astype(float), FRONT[:48]])
def test_a_picture_of_another_kind_is_refused(picture):
    with pytest.raises(ObservationError, match="image 'front' is .*, the contract asks for uint8 of"):
        observed_images(PIXELS, {"front": picture, "wrist": WRIST})


def test_an_episode_needs_the_pictures_of_its_contract():
    steps = 5
    columns = np.arange(steps) / 10, np.zeros((steps, PIXELS.observation_size)), np.zeros((steps, PIXELS.action_size))
    images = {name: np.zeros((steps, 96, 96, 3), np.uint8) for name in ("front", "wrist")}
    assert len(Episode(PIXELS, *columns, images=images)) == steps
    with pytest.raises(FileFormatError, match="no pictures of 'front'"):
        Episode(PIXELS, *columns)
    with pytest.raises(FileFormatError, match="pictures of 'wrist' are"):
        Episode(PIXELS, *columns, images={**images, "wrist": images["wrist"][1:]})
