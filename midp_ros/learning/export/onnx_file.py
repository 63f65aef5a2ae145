"""From a checkpoint to one ONNX file that holds the whole policy; imports core, torch, onnx and onnxruntime.

Inputs: `observation` (batch, observed, observation_size), raw; `noise` (batch, predicted, action_size), standard
normal; `prefix` (batch, predicted, action_size), raw actions to hold to, and `weight` (batch, predicted) in [0, 1], how
firmly; with a sampler that draws anew `fresh` (batch, draws, predicted, action_size), standard normal; for each image
of the contract `image_NAME` (batch, observed, height, width, 3), uint8. Output: `action` (batch, predicted,
action_size), raw and absolute. All but the images are float32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor

import midp_ros
from midp_ros.core.card import ModelCard
from midp_ros.core.files.output import write_bytes
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.export.onnx_builder import ExportError
from midp_ros.learning.export.onnx_graph import Steps, sampler_graph
from midp_ros.learning.learned_policy import Answer

TOLERANCE = 1e-4  # between ONNX and torch, in units of the action (m, rad, 1); of larger ones: see largest_difference
PARITY_INPUTS = 100


def export_onnx(checkpoint: Checkpoint, path: str | Path, sampling_steps: int | None = None) -> tuple[ModelCard, float]:
    """Writes the averaged policy as an ONNX file, and returns its card and the largest difference to torch.

    Raises:
        ConfigError: more sampling steps than the policy has noise steps.
        OutputError: the disk is full, or refuses.
        ExportError: ONNX and torch differ by more than 1e-4 on 100 random inputs; nothing is written then.
    """
    policy = checkpoint.build_policy()
    sampler = policy.answer(sampling_steps).eval()
    card = ModelCard(
        contract=checkpoint.contract,
        command=checkpoint.command,
        config=checkpoint.config.to_dict(),
        data_hash=checkpoint.data_hash,
        episodes=checkpoint.episodes,
        parameters=policy.parameter_count,
        training_steps=checkpoint.step,
        sampling_steps=len(sampler.steps),
        version=midp_ros.__version__,
    )
    model = sampler_graph(sampler)
    onnx.helper.set_model_props(model, card.to_metadata())
    serialized = model.SerializeToString()
    difference = largest_difference(sampler, serialized, random_inputs(sampler))
    if not difference <= TOLERANCE:
        raise ExportError(f"ONNX and torch differ by {difference:.2e}, more than {TOLERANCE:.0e}")
    write_bytes(path, serialized)
    return card, difference


def random_inputs(sampler: Answer) -> dict[str, Tensor]:
    """The graph's inputs, 100 each: observations and prefixes mostly within the demonstrations' range."""
    contract = sampler.policy.contract
    random = torch.Generator().manual_seed(0)
    chunk = (PARITY_INPUTS, contract.horizon.predicted, contract.action_size)
    observation = torch.randn(PARITY_INPUTS, contract.horizon.observed, contract.observation_size, generator=random)
    normalised = torch.rand(chunk, generator=random) * 2 - 1
    images = {
        image.model_input: torch.randint(
            256, (PARITY_INPUTS, contract.horizon.observed, *image.shape), generator=random, dtype=torch.uint8
        )
        for image in contract.images
    }
    inputs = {
        "observation": observation,
        "noise": torch.randn(chunk, generator=random),
        "prefix": sampler.policy.decode_action(observation, normalised),
        "weight": (torch.rand(chunk[:2], generator=random) * 2 - 0.5).clamp(0, 1),  # a quarter each of 0 and 1
    }
    if draws := sampler.fresh_draws:
        inputs["fresh"] = torch.randn(PARITY_INPUTS, draws, *chunk[1:], generator=random)
    return {**inputs, **images}


def largest_difference(sampler: Answer, model: bytes, inputs: dict[str, Tensor]) -> float:
    """Between torch's actions for all inputs at once and onnxruntime's for one at a time, as on the robot.

    In units of the action; of one that ranges over more than 1 unit, like pixels, or whose chunk goes beyond, far
    outside of what was shown, as a share of its half range or of the chunk's largest: rounding grows with the numbers.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = Steps(sampler)(*inputs.values())[0].numpy()
    got = [
        session.run(["action"], {name: value[i : i + 1].numpy() for name, value in inputs.items()})[0]
        for i in range(PARITY_INPUTS)
    ]
    large = sampler.policy.action_normalizer.half_range.clamp_min(1.0).numpy()
    large = np.maximum(large, np.abs(expected).max(axis=1, keepdims=True))
    return float((np.abs(expected - np.concatenate(got)) / large).max())
