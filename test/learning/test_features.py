"""Relative encoding and normalisation."""

from __future__ import annotations

import numpy as np
import torch
from synthetic import CONTRACT, reach_episode

from midp_ros.core.window import training_windows
from midp_ros.learning.features import Features
from midp_ros.learning.normalizer import MinMaxNormalizer


def test_features_are_offsets_from_the_newest_observation() -> None:
    observation, action = training_windows(reach_episode(0))
    features = Features(CONTRACT)
    newest_tool = observation[:, -1:, 2:5]
    seen = features.observe(torch.tensor(observation, dtype=torch.float32)).numpy()
    expected = np.concatenate([observation[..., 2:5], observation[..., 5:8] - newest_tool], -1)
    np.testing.assert_allclose(seen, expected, atol=1e-6)
    relative = features.encode_action(*(torch.tensor(a, dtype=torch.float32) for a in (observation, action))).numpy()
    np.testing.assert_allclose(relative[..., :3], action[..., :3] - newest_tool, atol=1e-6)
    np.testing.assert_allclose(relative[..., 3], action[..., 3], atol=1e-6)


def test_hidden_entries_do_not_reach_the_policy() -> None:
    features = Features(CONTRACT)
    observation = torch.randn(4, 2, 8)
    changed = observation.clone()
    changed[..., :2] += 7.0
    assert features.observation_size == 6
    assert torch.equal(features.observe(observation), features.observe(changed))


def test_actions_survive_the_round_trip() -> None:
    features = Features(CONTRACT)
    observation, action = torch.randn(5, 2, 8), torch.randn(5, 16, 4)
    back = features.decode_action(observation, features.encode_action(observation, action))
    torch.testing.assert_close(back, action, rtol=0, atol=1e-6)


def test_normalizer_maps_the_range_to_one_and_keeps_near_constants_small() -> None:
    values = torch.stack([torch.linspace(-3, 5, 50), 2 + torch.linspace(-1e-5, 1e-5, 50)], dim=-1)
    normalizer = MinMaxNormalizer((2,), floor=0.01)
    normalizer.fit(values)
    normal = normalizer.normalize(values)
    assert float(normal[:, 0].min()) == -1.0 and float(normal[:, 0].max()) == 1.0
    assert float(normal[:, 1].abs().max()) < 2e-3
    torch.testing.assert_close(normalizer.denormalize(normal), values)
