"""Denoisers of other packages: what the protocol asks for, and their export by torch's own exporter."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass, replace

import numpy as np
import onnxruntime
import pytest
import torch
from synthetic import CONTRACT, small_config
from torch import Tensor, nn

from midp_ros.cli.pictures.denoising_trace import decode, denoising_trace
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.plain_data import build
from midp_ros.core.seams import EntryPointError
from midp_ros.core.seams import entry_points as points
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import ModelConfig, TrainConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.denoiser import DenoiserShape
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.export import ExportError, export_onnx
from midp_ros.learning.networks.unet import UNet
from midp_ros.learning.training import Training

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Options:
    width: int = 48
    layers: int = 1


class Attention(nn.Module):
    """Attention among the chunk's steps; the noise step and the observations' features are one more token each."""

    def __init__(self, shape: DenoiserShape, config: ModelConfig):
        super().__init__()
        options = build(Options, config.options, "options", path="model.options")
        self.feature_size = width = options.width
        self.features = nn.Linear(shape.observed * shape.observation_size, width)
        self.chunk, self.step = nn.Linear(shape.action_size, width), nn.Embedding(1000, width)
        self.place = nn.Parameter(torch.randn(shape.predicted + 2, width) / 10)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, options.layers, enable_nested_tensor=False)
        self.out = nn.Linear(width, shape.action_size)

    def observation_features(self, observation: Tensor) -> Tensor:
        return self.features(observation.flatten(1))

    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        tokens = torch.cat([self.step(step)[:, None], features[:, None], self.chunk(x)], dim=1) + self.place
        return self.out(self.layers(tokens)[:, 2:])


class Wide(Attention):
    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        return super().forward(x, step, features)[:, 1:]


class Moody(Attention):
    """Its operations depend on values, which no exporter can follow."""

    def forward(self, x: Tensor, step: Tensor, features: Tensor) -> Tensor:
        return super().forward(x, step, features) * (2.0 if float(x.sum()) > 1e6 else 1.0)


@pytest.fixture(autouse=True)
def networks(monkeypatch, tmp_path):
    """An installed package `my-networks` with the classes above."""
    module = types.ModuleType("my_networks")
    module.Attention, module.Wide, module.Moody = Attention, Wide, Moody
    monkeypatch.setitem(sys.modules, "my_networks", module)
    monkeypatch.syspath_prepend(str(tmp_path))
    information = tmp_path / "my_networks-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: my-networks\nVersion: 1\n")
    names = ("Attention", "Wide", "Moody", "Missing")
    lines = [f"{name.lower()} = my_networks:{name}" for name in names]
    (information / "entry_points.txt").write_text("\n".join(["[midp_ros.denoisers]", *lines]))
    points.offers.cache_clear()
    yield
    points.offers.cache_clear()


def config(name: str, **options: object) -> TrainConfig:
    return replace(small_config(steps=30), model=ModelConfig(name=name, options=options))


def test_a_transformer_of_another_package_trains_and_does_the_same_as_onnx(dataset: Dataset, tmp_path) -> None:
    training = Training(config("attention", width=32), dataset)
    errors = [metrics.denoising_error for metrics in training.run()]
    assert np.mean(errors[-5:]) < 0.8 * np.mean(errors[:5])
    training.checkpoint().save(tmp_path / "checkpoint.pt")
    checkpoint = Checkpoint.load(tmp_path / "checkpoint.pt")
    card, difference = export_onnx(checkpoint, tmp_path / "model.onnx", 2)  # compares with torch on a hundred inputs
    assert difference < 1e-4
    assert card.config["model"]["name"] == "attention" and card.config["model"]["options"] == {"width": 32}
    written = (tmp_path / "model.onnx").read_bytes()
    assert len(written) < 4 * card.parameters + 200_000, "the weights are there once"
    assert b"site-packages" not in written and b"/test_denoiser.py" not in written
    session = onnxruntime.InferenceSession(written, providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == ["observation", "noise", "prefix", "weight"]
    assert [o.name for o in session.get_outputs()] == ["action"]
    # As `midp plot denoising` draws it.
    policy = OnnxPolicy(tmp_path / "model.onnx")
    observation, noise = dataset.observation[:1].numpy(), np.zeros((1, 16, 4), np.float32)
    drawn = denoising_trace(policy, observation, noise)
    assert drawn.shape == (3, 1, 16, 4)
    expected = policy.predict(observation, noise)
    np.testing.assert_allclose(decode(policy, observation, drawn[-1]), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("attention", {"widht": 3}, "model.options: unknown key 'widht'; known: layers, width; did you mean 'width'"),
        ("attention", {"width": "wide"}, "model.options.width: got 'wide', need a whole number"),
        ("attention", {"width": 30}, "denoiser 'attention' of package 'my-networks' does not run: AssertionError"),
        ("wide", {}, r"'wide' of package 'my-networks' does not run: .* forward gives \(2, 15, 4\) .*need \(2, 16, 4"),
        ("missing", {}, "'missing' of package 'my-networks': module my_networks cannot be loaded: AttributeError"),
        ("trans", {}, r"unknown model.name .trans.; known: attention \(my-networks\), missing .*, transformer, unet, "),
    ],
)
def test_what_does_not_keep_to_the_protocol_is_named(name: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(MidpError, match=said) as error:
        DiffusionPolicy.of(CONTRACT, config(name, **options))
    assert "\n" not in str(error.value)
    assert isinstance(error.value, (EntryPointError, UnknownNameError)) or "options" in said


def test_what_torch_cannot_export_says_so(tmp_path) -> None:
    with pytest.raises(ExportError, match="torch cannot export this network: ") as error:
        export_onnx(Checkpoint.untrained(CONTRACT, config("moody")), tmp_path / "model.onnx", 1)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "model.onnx").exists()


def test_a_configuration_without_a_name_is_the_u_net(dataset: Dataset) -> None:
    old = small_config().to_dict()
    del old["model"]["name"], old["model"]["options"]
    assert TrainConfig.from_dict(old) == small_config()
    assert isinstance(DiffusionPolicy.of(CONTRACT, small_config()).denoiser, UNet)
    with pytest.raises(MidpError, match="model.options: got {'width': 3}, need none for 'unet'"):
        config("unet", width=3)
