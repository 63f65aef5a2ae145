"""From a checkpoint to one ONNX file that holds the whole policy; imports core, torch, onnx and onnxruntime.

Inputs: `observation` (batch, observed, observation_size), raw, and `noise` (batch, predicted, action_size), standard
normal; output: `action` (batch, predicted, action_size), raw and absolute; all float32.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import warnings
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
    model = _to_onnx(sampler)
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


def _to_onnx(sampler: Sampler) -> onnx.ModelProto:
    contract = sampler.policy.contract
    observation = torch.zeros(2, contract.horizon.observed, contract.observation_size)
    noise = torch.zeros(2, contract.horizon.predicted, contract.action_size)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            sampler,
            (observation, noise),
            input_names=["observation", "noise"],
            output_names=["action"],
            dynamic_shapes={"observation": {0: "batch"}, "noise": {0: "batch"}},
            dynamo=True,
            optimize=True,
            verbose=False,
        )
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    _strip_provenance(model)
    return model


def _strip_provenance(model: onnx.ModelProto) -> None:
    """Drops the exporter's notes on each node: half of the file, and full of this machine's paths."""
    model.ClearField("doc_string")
    model.graph.ClearField("metadata_props")
    model.graph.ClearField("value_info")
    for part in (*model.graph.node, *model.graph.initializer, *model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


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
    """Between torch's and onnxruntime's actions, one input at a time as on the robot."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for o, n in zip(observation, noise, strict=True):
        with torch.no_grad():
            expected = sampler(torch.from_numpy(o[None]), torch.from_numpy(n[None])).numpy()
        got = session.run(["action"], {"observation": o[None], "noise": n[None]})[0]
        largest = max(largest, float(np.abs(expected - got).max()))
    return largest
