"""The transformer: what each of its outputs depends on, learning, export."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import ModelConfig
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.denoiser import DenoiserShape, build_denoiser
from midp_ros.learning.export import export_onnx
from midp_ros.learning.networks.transformer import Transformer
from midp_ros.learning.training import Training

MODEL = ModelConfig(name="transformer", options={"width": 32, "layers": 2, "heads": 2})


def test_an_action_depends_on_those_before_it_and_on_every_observation() -> None:
    torch.manual_seed(0)
    network = build_denoiser(DenoiserShape(16, 4, 2, 6), MODEL)
    assert isinstance(network, Transformer)
    window = torch.randn(1, 2, 6, requires_grad=True)
    chunk, step = torch.randn(1, 16, 4, requires_grad=True), torch.tensor([7])
    features = network.observation_features(window)
    assert features.shape == (1, network.feature_size)
    output = network(chunk, step, features)
    assert output.shape == chunk.shape
    seen, windows = torch.autograd.grad(output[0, 5].sum(), [chunk, window])
    assert (seen[0, :6].abs().sum(1) > 0).all() and not seen[0, 6:].any()
    assert (windows[0].abs().sum(1) > 0).all()
    assert not torch.equal(network(chunk, torch.tensor([8]), features), output)


@pytest.mark.slow
def test_it_learns_and_does_the_same_as_onnx(tmp_path) -> None:
    config = replace(small_config(steps=150, learning_rate=2e-3), model=MODEL)
    training = Training(config, build_dataset([reach_episode(seed) for seed in range(8)]))
    errors = [metrics.denoising_error for metrics in training.run()]
    assert sum(errors[-20:]) < 0.75 * sum(errors[:20])
    training.checkpoint().save(tmp_path / "checkpoint.pt")
    card, difference = export_onnx(Checkpoint.load(tmp_path / "checkpoint.pt"), tmp_path / "model.onnx", 2)
    assert difference < 1e-4 and card.contract == CONTRACT


def test_widths_that_heads_cannot_share_are_refused() -> None:
    with pytest.raises(ConfigError, match="model.options.width: got 30, need an even multiple of .*heads=4"):
        build_denoiser(DenoiserShape(16, 4, 2, 6), replace(MODEL, options={"width": 30}))
