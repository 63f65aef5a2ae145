"""From a checkpoint to one ONNX file that holds the whole policy; imports core, torch, onnx and onnxruntime.

Inputs: `observation` (batch, observed, observation_size), raw, and `noise` (batch, predicted, action_size), standard
normal; output: `action` (batch, predicted, action_size), raw and absolute; all float32.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray

import midp_ros
from midp_ros.core.card import ModelCard
from midp_ros.core.errors import MidpError
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.diffusion import Sampler
from midp_ros.learning.onnx_graph import sampler_graph

TOLERANCE = 1e-4  # between ONNX and torch, in de-normalised units
PARITY_INPUTS = 100


class ExportError(MidpError):
    """The exported graph does not do what the policy does."""


def export_onnx(checkpoint: Checkpoint, path: str | Path, sampling_steps: int | None = None) -> tuple[ModelCard, float]:
    """Writes the averaged policy as an ONNX file, and returns its card and the largest difference to torch.

    Raises:
        ExportError: ONNX and torch differ by more than 1e-4 on 100 random inputs; nothing is written then.
    """
    path = Path(path)
    policy = checkpoint.build_policy()
    sampler = Sampler(policy, sampling_steps).eval()
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
    difference = largest_difference(sampler, serialized, *random_inputs(sampler))
    if not difference <= TOLERANCE:
        raise ExportError(f"ONNX and torch differ by {difference:.2e}, more than {TOLERANCE:.0e}")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(serialized)
    os.replace(temporary, path)
    return card, difference


def random_inputs(sampler: Sampler) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Observations (100, observed, observation_size), mostly within the demonstrations' range, and noise."""
    contract = sampler.policy.contract
    random = np.random.default_rng(0)
    observation = random.normal(size=(PARITY_INPUTS, contract.horizon.observed, contract.observation_size))
    noise = random.standard_normal((PARITY_INPUTS, contract.horizon.predicted, contract.action_size))
    return observation.astype(np.float32), noise.astype(np.float32)


def largest_difference(
    sampler: Sampler, model: bytes, observation: NDArray[np.float32], noise: NDArray[np.float32]
) -> float:
    """Between torch's actions for all inputs at once and onnxruntime's for one at a time, as on the robot."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = sampler(torch.from_numpy(observation), torch.from_numpy(noise)).numpy()
    pairs = zip(observation[:, None], noise[:, None], strict=True)
    got = np.concatenate([session.run(["action"], {"observation": o, "noise": n})[0] for o, n in pairs])
    return float(np.abs(expected - got).max())
