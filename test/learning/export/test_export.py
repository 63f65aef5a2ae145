"""The exported graph does what the policy does, and carries what it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.card import ModelCard
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import FileFormatError
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import DiffusionConfig, ModelConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.export import onnx_file
from midp_ros.learning.export.onnx_file import ExportError, export_onnx, largest_difference, random_inputs
from midp_ros.learning.export.onnx_graph import sampler_graph
from midp_ros.learning.sampler import Sampler
from midp_ros.learning.training import Training

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkpoint(dataset: Dataset) -> Checkpoint:
    training = Training(small_config(steps=30, learning_rate=3e-3), dataset, command="midp train config.yaml")
    list(training.run())
    return training.checkpoint()


@pytest.fixture(scope="module")
def exported(checkpoint: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("models") / "test.onnx"
    export_onnx(checkpoint, path)
    return path


def test_onnx_agrees_with_torch_on_a_hundred_windows(checkpoint: Checkpoint, exported: Path, dataset: Dataset) -> None:
    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    sampler = Sampler(checkpoint.build_policy())
    observation, prefix = dataset.observation[:100], dataset.action[100:200]
    noise = torch.randn(100, 16, 4, generator=torch.Generator().manual_seed(5))
    feed = {"observation": observation.numpy(), "noise": noise.numpy(), "prefix": prefix.numpy()}
    weight = random_inputs(sampler)["weight"]
    with torch.no_grad():
        plain, drawn = sampler(observation, noise).numpy(), sampler(observation, noise, prefix, weight).numpy()
    assert np.abs(plain - drawn).max() > 0.01
    for expected, w in ((plain, np.zeros_like(weight)), (drawn, weight.numpy())):
        np.testing.assert_allclose(session.run(["action"], {**feed, "weight": w})[0], expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("model", "diffusion"),
    [
        # Convolutions of few channels alone; one denoising step, and what it predicts is not clipped.
        (ModelConfig(channels=(8,), kernel=3, embedding=16), DiffusionConfig(sampling_steps=1, clip_sample=False)),
        (ModelConfig(channels=(8, 16), embedding=16), DiffusionConfig("flow", sampling_steps=3, clip_sample=False)),
        # Matrix products, with a skip convolution in one of them and with none.
        (ModelConfig(channels=(8, 64, 128), groups=4, embedding=16), DiffusionConfig(sampling_steps=3)),
    ],
)
def test_every_kind_of_network_agrees_with_torch(model: ModelConfig, diffusion: DiffusionConfig) -> None:
    torch.manual_seed(0)
    policy = DiffusionPolicy(CONTRACT, model, diffusion).eval().requires_grad_(False)
    for weight in policy.parameters():  # a new network's normalisations do not scale and shift
        weight += 0.1 * torch.randn_like(weight)
    sampler = Sampler(policy).eval()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    graph = sampler_graph(sampler).SerializeToString()
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    for batch in (1, 3):
        inputs = {name: value[:batch] for name, value in random_inputs(sampler).items()}
        got = session.run(["action"], {name: value.numpy() for name, value in inputs.items()})[0]
        expected = sampler(**inputs).numpy()
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * max(1, np.abs(expected).max()))


def test_rounding_far_outside_of_what_was_shown_is_no_difference() -> None:
    torch.manual_seed(0)
    model, diffusion = ModelConfig(channels=(8,), kernel=3, embedding=16), DiffusionConfig(sampling_steps=1)
    policy = DiffusionPolicy(CONTRACT, model, replace(diffusion, clip_sample=False)).eval().requires_grad_(False)
    for name, weight in policy.named_parameters():
        weight += torch.randn_like(weight) * (1e3 if "out.1" in name else 1.0)
    sampler = Sampler(policy).eval()
    graph, inputs = sampler_graph(sampler).SerializeToString(), random_inputs(sampler)
    expected = sampler(**inputs).numpy()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    got = session.run(["action"], {name: value.numpy() for name, value in inputs.items()})[0]
    assert np.abs(got - expected).max() > 1e-4 and np.abs(expected).max() > 100
    assert largest_difference(sampler, graph, inputs) < 1e-4


def test_the_policy_acts_as_torch_does(checkpoint: Checkpoint, exported: Path) -> None:
    policy, window, episode = OnnxPolicy(exported), ObservationWindow(CONTRACT), reach_episode(50)
    for k in range(3):
        window.push(float(episode.time_s[k]), episode.observation[k])
    policy.reset(9)
    chunk = policy.act(window)
    noise = np.random.default_rng(9).standard_normal((1, 16, 4), dtype=np.float32)
    with torch.no_grad():
        observation = torch.tensor(window.array()[None], dtype=torch.float32)
        expected = Sampler(checkpoint.build_policy())(observation, torch.from_numpy(noise))[0, 1:].numpy()
    np.testing.assert_allclose(chunk.actions, expected, rtol=0, atol=1e-4)
    assert chunk.time_s == pytest.approx(0.2)
    assert policy.can_inpaint
    held = ActionChunk(chunk.actions + 0.01, chunk.time_s, chunk.step_s)
    np.testing.assert_allclose(policy.act(window, held, 4).actions[:4], held.actions[:4], rtol=0, atol=1e-6)


def test_the_file_is_complete_and_small(checkpoint: Checkpoint, exported: Path, dataset: Dataset) -> None:
    model = onnx.load(exported)
    onnx.checker.check_model(model, full_check=True)
    card = ModelCard.from_metadata({p.key: p.value for p in model.metadata_props}, exported)
    assert card.contract == CONTRACT
    assert card.data_hash == dataset.data_hash and card.episodes == 8
    assert (card.command, card.training_steps, card.sampling_steps) == ("midp train config.yaml", 30, 5)
    assert card.config == small_config(steps=30, learning_rate=3e-3).to_dict()
    # The weights are there once: what sampling does not need, the step's encoder, makes room for the rest.
    assert exported.stat().st_size < 4 * card.parameters + 200_000
    assert str(Path.home()).encode() not in exported.read_bytes() and b"site-packages" not in exported.read_bytes()


def test_a_graph_that_differs_is_not_written(
    checkpoint: Checkpoint, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoiled(sampler: Sampler) -> onnx.ModelProto:
        model = onnx.load(exported)
        constant = next(t for t in model.graph.initializer if t.name == "advance_4/weight")
        changed = 0.99 * onnx.numpy_helper.to_array(constant)
        constant.CopyFrom(onnx.numpy_helper.from_array(np.float32(changed), constant.name))
        return model

    monkeypatch.setattr(onnx_file, "sampler_graph", spoiled)
    with pytest.raises(ExportError, match="differ"):
        export_onnx(checkpoint, tmp_path / "bad.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_truncated_export_is_refused(exported: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.onnx"
    path.write_bytes(exported.read_bytes()[:-2000])
    with pytest.raises(FileFormatError, match="cut.onnx"):
        OnnxPolicy(path)


def test_a_sampler_that_draws_anew_gets_its_noise_from_the_policy_s_seed(dataset: Dataset, tmp_path: Path) -> None:
    config = small_config()
    diffusion = DiffusionConfig("vp", steps=50, sampling_steps=2, sampler="predictor_corrector")
    checkpoint = Training(replace(config, diffusion=diffusion), dataset).checkpoint()
    export_onnx(checkpoint, tmp_path / "test.onnx")  # compares with torch
    policy, window = OnnxPolicy(tmp_path / "test.onnx"), ObservationWindow(CONTRACT)
    assert policy.fresh_draws == 2 and policy.card.config["diffusion"]["sampler"] == "predictor_corrector"
    window.push(0.0, dataset.observation[0, -1].numpy().astype(float))
    drawn = []
    for seed in (3, 4, 3):
        policy.reset(seed)
        drawn.append(policy.act(window).actions)
    assert np.array_equal(drawn[0], drawn[2]) and not np.array_equal(drawn[0], drawn[1])
