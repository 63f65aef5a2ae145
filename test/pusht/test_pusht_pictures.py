"""The pictures show what the exported policy does: its own steps, from its noise to its answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image
from pusht_files import arrays, write_zarr

from midp_ros.core.card import ModelCard
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.pusht.demonstrations import read_demonstrations
from midp_ros.pusht.state import pusht_contract

torch = pytest.importorskip("torch")
pytest.importorskip("matplotlib")
pytestmark = pytest.mark.slow

STEPS = 3


@pytest.fixture(scope="module", params=["ode", "ancestral"])
def policy(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> OnnxPolicy:
    """An untrained policy, exported."""
    from midp_ros.learning.config import DiffusionConfig, ModelConfig
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.diffusion import DiffusionPolicy
    from midp_ros.learning.export.onnx_graph import sampler_graph
    from midp_ros.learning.sampler import Sampler

    folder = tmp_path_factory.mktemp("model")
    dataset = build_dataset(read_demonstrations(write_zarr(folder / "demo.zarr", arrays())).episodes)
    diffusion = DiffusionConfig(steps=50, sampling_steps=STEPS, sampler=request.param)
    torch.manual_seed(0)
    network = DiffusionPolicy(pusht_contract(), ModelConfig(channels=(16, 32), embedding=32), diffusion)
    network.fit_normalizers(dataset.observation, dataset.action)
    model = sampler_graph(Sampler(network).eval())
    card = ModelCard(pusht_contract(), "", {"diffusion": vars(diffusion)}, dataset.data_hash, 2, 42, 0, STEPS, "0.0")
    onnx.helper.set_model_props(model, card.to_metadata())
    onnx.save(model, folder / "pusht.onnx")
    return OnnxPolicy(folder / "pusht.onnx")


def test_the_trace_leads_from_the_noise_to_the_policys_answer(policy: OnnxPolicy) -> None:
    from midp_ros.cli.pictures.denoising_trace import decode, denoising_trace

    random = np.random.default_rng(0)
    window = random.uniform(100, 400, (3, 2, 6))
    noise = random.standard_normal((3, 16, 2), dtype=np.float32)
    draws = policy.fresh_draws
    fresh = random.standard_normal((3, draws, 16, 2), dtype=np.float32) if draws else None
    trace = denoising_trace(policy, window, noise, fresh)
    assert trace.shape == (STEPS + 1, 3, 16, 2)
    np.testing.assert_array_equal(trace[0], noise)
    np.testing.assert_allclose(decode(policy, window, trace[-1]), policy.predict(window, noise, fresh=fresh), atol=1e-3)
    assert all(np.abs(b - a).max() > 1e-4 for a, b in zip(trace, trace[1:], strict=False))


def test_pictures_are_written(policy: OnnxPolicy, tmp_path: Path) -> None:
    from midp_ros.cli.pictures.pusht import PANELS, episode_pictures, save_denoising

    save_denoising(policy, 100000, 1, tmp_path / "out" / "denoising.png")
    picture = np.asarray(Image.open(tmp_path / "out" / "denoising.png").convert("RGB"))
    assert picture.shape[1] > 100 * PANELS and picture.std() > 5
    pictures, max_reward = episode_pictures(policy, 100000)
    assert len(pictures) == 301 and pictures[0].shape == (512, 512, 3) and 0 <= max_reward < 1
    assert (pictures[0] != pictures[50]).any()
