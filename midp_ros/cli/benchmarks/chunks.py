"""`midp bench`: from an observation window to a chunk, on one thread; imports inference, and learning for torch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np

CHUNKS, TORCH_CHUNKS, FOR_NOTHING = 1000, 60, 5  # some seconds: a machine's pace changes


def chunk_latency(model: Path, name: str = "chunk") -> dict[str, float]:
    """Percentiles of a model's chunks [ms]."""
    times_ms = _time_each([_onnx_call(model)], CHUNKS)[0]
    return {f"{name}_ms_p{p}": float(np.percentile(times_ms, p)) for p in (50, 99)}


def torch_ratio(skill: str, checkpoint: Path | None = None) -> dict[str, float]:
    """How many times longer torch takes for the same weights and steps, by the medians of alternating chunks.

    Args:
        checkpoint: whose weights; None: untrained ones of the network that config/train/<skill>.yaml describes, which
            take as long.
    """
    import torch

    from midp_ros.core.contract import Contract
    from midp_ros.core.package_files import package_path
    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.export import export_onnx
    from midp_ros.learning.sampler import Sampler

    torch.set_num_threads(1)
    if checkpoint:
        loaded = Checkpoint.load(checkpoint)
    else:
        contract = Contract.load(skill)
        loaded = Checkpoint.untrained(contract, TrainConfig.load(package_path("config", "train", f"{skill}.yaml")))
    sampler, horizon = Sampler(loaded.build_policy()), loaded.contract.horizon
    observation = torch.randn(1, horizon.observed, loaded.contract.observation_size)
    shapes = {image.name: (1, horizon.observed, *image.shape) for image in loaded.contract.images}
    images = {name: torch.randint(256, shape, dtype=torch.uint8) for name, shape in shapes.items()}

    def torch_call() -> None:
        with torch.inference_mode():
            sampler(observation, torch.randn(1, horizon.predicted, loaded.contract.action_size), images=images)

    with tempfile.TemporaryDirectory() as folder:
        exported = Path(folder) / "policy.onnx"
        export_onnx(loaded, exported)
        onnx_ms, torch_ms = _time_each([_onnx_call(exported), torch_call], TORCH_CHUNKS)
    return {
        "torch_ratio": float(np.median(torch_ms) / np.median(onnx_ms)),
        "torch_ms_p50": float(np.median(torch_ms)),
    }


def _onnx_call(model: Path) -> Callable[[], object]:
    from midp_ros.core.window import ObservationWindow
    from midp_ros.inference.onnx_policy import OnnxPolicy

    policy = OnnxPolicy(model, threads=1)
    window = ObservationWindow(policy.contract)
    rng = np.random.default_rng(0)
    for step in range(policy.contract.horizon.observed):
        images = {image.name: rng.integers(0, 256, image.shape, np.uint8) for image in policy.contract.images}
        window.push(0.1 * step, rng.normal(0.0, 0.3, policy.contract.observation_size), images)
    return lambda: policy.act(window)


def _time_each(calls: list[Callable[[], object]], times: int) -> list[list[float]]:
    """Times [ms] of calls that take turns."""
    taken_ms: list[list[float]] = [[] for _ in calls]
    for number in range(times + FOR_NOTHING):
        for call, kept in zip(calls, taken_ms, strict=True):
            start = perf_counter()
            call()
            if number >= FOR_NOTHING:
                kept.append(1e3 * (perf_counter() - start))
    return taken_ms
