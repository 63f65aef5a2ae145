"""What `midp bench` measures without nodes: chunks, torch beside ONNX, recording, and processes."""

import os

import numpy as np
import pytest

from midp_ros.cli.benchmarks.chunks import chunk_latency, torch_ratio
from midp_ros.cli.benchmarks.node_process import cpu_s, machine_s, resident_mb, with_children
from midp_ros.core.package_files import package_path


@pytest.mark.slow
def test_chunks_are_timed_under_the_asked_name():
    figures = chunk_latency(package_path("models", "pick.onnx"), "few_step")
    assert list(figures) == ["few_step_ms_p50", "few_step_ms_p99"]
    assert 0 < figures["few_step_ms_p50"] <= figures["few_step_ms_p99"]


def test_a_process_is_known_by_its_number():
    assert cpu_s(os.getpid()) > 0 and resident_mb(os.getpid()) > 10
    had_s, stolen_s = machine_s()
    assert had_s > cpu_s(os.getpid()) and 0 <= stolen_s < had_s
    assert with_children(os.getpid())[0] == os.getpid()


@pytest.mark.slow
def test_torch_is_compared_with_the_same_weights(tmp_path):
    from dataclasses import replace

    import torch

    from midp_ros.core.contract import Contract
    from midp_ros.core.episode import Episode
    from midp_ros.learning.config import ModelConfig, TrainConfig
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.training import Training

    contract = Contract.load(package_path("config", "contracts", "pick.yaml"))
    random = np.random.default_rng(0)
    arrays = (random.normal(size=(20, size)) for size in (contract.observation_size, contract.action_size))
    episode = Episode(contract, np.arange(20) * contract.step_s, *arrays)
    config = replace(TrainConfig(name="tiny", data="none"), model=ModelConfig(channels=(8, 16), embedding=16))
    torch.set_num_threads(1)
    Training(config, build_dataset([episode])).checkpoint().save(tmp_path / "checkpoint.pt")
    assert torch_ratio("pick", tmp_path / "checkpoint.pt")["torch_ratio"] > 0


@pytest.mark.slow
def test_torch_is_compared_without_a_checkpoint(monkeypatch):
    monkeypatch.setattr("midp_ros.cli.benchmarks.chunks.TORCH_CHUNKS", 3)
    figures = torch_ratio("pick")
    assert figures["torch_ratio"] > 0 and figures["torch_ms_p50"] > 0


@pytest.mark.slow
def test_recording_is_measured_beside_the_bare_physics_of_the_same_world():
    pytest.importorskip("pybullet")
    from midp_ros.cli.benchmarks.recording import in_words, recording_figures

    figures = recording_figures(episodes=1, processes=1)
    assert all(value > 0 for value in figures.values())
    assert 0.02 < figures["recording_speed_share_cpu"] < 1.0, "a recorded millisecond contains a bare one"
    share = figures["bare_step_us"] / figures["recording_us_per_ms"]
    assert figures["recording_speed_share"] == pytest.approx(share)
    of_motion = figures["recording_speed_share_of_motion_cpu"]
    assert figures["recording_speed_share_cpu"] < of_motion < 1.0, "a grasp makes steps longer"
    assert f"{share:.0%} of the speed of bare steps" in in_words(figures)
