"""The small denoiser: shapes, learning, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from synthetic import reach_episode, small_config

from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.config import ModelConfig
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.denoiser import DenoiserShape, build_denoiser
from midp_ros.learning.networks.perceptron import Perceptron
from midp_ros.learning.training import Training

MODEL = ModelConfig(name="perceptron", channels=(64, 64))


def test_it_is_a_denoiser_by_its_name() -> None:
    network = build_denoiser(DenoiserShape(16, 4, 2, 6), MODEL)
    assert isinstance(network, Perceptron)
    features = network.observation_features(torch.zeros(3, 2, 6))
    assert features.shape == (3, network.feature_size)
    assert network(torch.zeros(3, 16, 4), torch.tensor([0, 5, 9]), features).shape == (3, 16, 4)


def test_it_learns() -> None:
    config = replace(small_config(steps=300, learning_rate=3e-3), model=MODEL)
    training = Training(config, build_dataset([reach_episode(seed) for seed in range(8)]))
    errors = [metrics.denoising_error for metrics in training.run()]
    assert sum(errors[-20:]) < 0.75 * sum(errors[:20])


def test_layers_of_different_widths_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"model.channels: got \[64, 128\], a perceptron's are all the same"):
        Perceptron(DenoiserShape(16, 4, 2, 6), replace(MODEL, channels=(64, 128)))
