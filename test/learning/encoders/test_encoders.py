"""Encoders find things in pictures, and their augmentation changes what it says."""

from __future__ import annotations

import pytest
import torch
from pictured import IMAGES, PICTURED, dot, pictured_config
from synthetic import CONTRACT

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.augmentation.scene_motions import SceneMotions
from midp_ros.learning.config import SceneMotionsConfig, TrainConfig
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.encoders.augmentation import cropped, random_numbers, recoloured
from midp_ros.learning.encoders.encoder_config import EncoderConfig
from midp_ros.learning.encoders.image_encoder import ImageEncoder
from midp_ros.learning.encoders.spatial_softmax import SpatialSoftmax


def pictures(batch=3, observed=2, height=10, width=12):
    return torch.arange(batch * observed * height * width * 3).reshape(batch, observed, height, width, 3)


def test_the_middle_is_seen_without_random_numbers():
    assert torch.equal(cropped(pictures(), (6, 4)), pictures()[:, :, 2:8, 4:8])


def test_a_window_s_observations_are_cropped_alike_and_windows_differently():
    uniform = torch.rand(3, 5, generator=torch.Generator().manual_seed(1))
    uniform[0, :2], uniform[1, :2] = 0.0, 0.9999
    seen = cropped(pictures(), (6, 4), uniform)
    assert torch.equal(seen[0], pictures()[0, :, :6, :4])
    assert torch.equal(seen[1], pictures()[1, :, 4:, 8:])
    assert torch.equal(seen[:, 1] - seen[:, 0], torch.full_like(seen[:, 0], 10 * 12 * 3))


def test_colours_change_by_their_amounts():
    x = torch.rand(2, 1, 4, 4, 3) - 0.5
    most = torch.ones(2, 5)
    torch.testing.assert_close(recoloured(x, EncoderConfig(brightness=0, contrast=0, saturation=0), most), x)
    brighter = recoloured(x, EncoderConfig(brightness=0.1, contrast=0, saturation=0), most)
    torch.testing.assert_close(brighter, x + 0.2)  # of a range of 2
    grey = torch.full((2, 1, 4, 4, 3), 0.3)
    torch.testing.assert_close(recoloured(grey, EncoderConfig(brightness=0), most), grey)


def test_the_spatial_softmax_is_where_a_map_is_bright():
    maps = torch.zeros(1, 2, 5, 9)
    maps[0, 0, 4, 2] = maps[0, 1, 0, 8] = 100.0
    torch.testing.assert_close(SpatialSoftmax(5, 9)(maps), torch.tensor([[1.0, -1.0, -0.5, 1.0]]))


@pytest.mark.parametrize("name", ["spatial_softmax", "resnet18"])
@pytest.mark.parametrize("shared", [False, True])
def test_every_observation_has_features_of_its_own(name, shared):
    encoder = ImageEncoder(IMAGES, EncoderConfig(name=name, channels=(8, 8), keypoints=3, shared=shared))
    assert encoder.feature_size == 2 * 2 * 3 and len(encoder.networks) == (1 if shared else 2)
    shots = {image.name: torch.randint(256, (2, 2, *image.shape), dtype=torch.uint8) for image in IMAGES}
    with torch.no_grad():
        features = encoder(shots)
        later = encoder({name: shot[:, 1:] for name, shot in shots.items()})
    assert features.shape == (2, 2, 12)
    torch.testing.assert_close(features[:, 1:], later)


def test_where_a_thing_is_can_be_learned():
    places = torch.rand(128, 2, generator=torch.Generator().manual_seed(0)) * 0.4 + 0.2
    shots = torch.stack([torch.from_numpy(dot(place.numpy())) for place in places])[:, None]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = ImageEncoder(IMAGES[:1], EncoderConfig(channels=(8, 8), groups=4, keypoints=4, crop=1.0))
        head = torch.nn.Linear(encoder.feature_size, 2)
    optimiser = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=0.02)
    for _ in range(80):
        error = (head(encoder({"left": shots})[:, 0]) - places).square().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
    assert error < 0.5 * places.var()


def test_random_numbers_follow_from_their_generator():
    first, second = (random_numbers(4, 2, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second) and first.shape == (4, 2, 5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "resnet50"}, "unknown encoder.name 'resnet50'; known: resnet18, spatial_softmax"),
        ({"crop": 1.5}, "encoder.crop: got 1.5, need a share above 0, up to 1"),
        ({"channels": [16, 12]}, "encoder.channels: got .*, need two or more multiples of encoder.groups=8"),
        ({"brightness": 1.0}, "encoder.brightness: got 1.0"),
    ],
)
def test_what_is_wrong_in_the_configuration_is_named(change, message):
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        TrainConfig.from_dict({"name": "a", "data": "b", "encoder": change})


def test_the_section_goes_through_plain_data_and_is_left_out_where_it_was():
    config = pictured_config()
    assert TrainConfig.from_dict(config.to_dict()) == config
    assert "encoder" not in TrainConfig("a", "b").to_dict()


def test_an_encoder_without_images_and_moved_scenes_with_them_are_refused():
    with pytest.raises(ConfigError, match="the contract has no images"):
        DiffusionPolicy.of(CONTRACT, pictured_config())
    with pytest.raises(ConfigError, match="pictures do not move along with a scene"):
        SceneMotions(PICTURED, SceneMotionsConfig("object", (0, 1), (0, 1), (0, 1)))
