"""Chunks between the denoising steps of an exported policy; imports onnx, inference and core.

The graph (learning/export/onnx_graph.py) names the normalised chunk after the i-th step `drawn_i`.
"""

from __future__ import annotations

import numpy as np
import onnx
import onnx.utils
import onnxruntime
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.inference.onnx_policy import OnnxPolicy

Feed = dict[str, NDArray[np.float32]]


def denoising_trace(
    policy: OnnxPolicy, observation: Array, noise: NDArray[np.float32], fresh: NDArray[np.float32] | None = None
) -> Array:
    """Normalised chunks (sampling steps + 1, batch, predicted, action_size), from the noise to the clean ones.

    Args:
        fresh: as OnnxPolicy.predict, where the policy's sampler draws besides.
    """
    model, steps = onnx.load(policy.path), policy.card.sampling_steps
    names = [f"drawn_{i}" for i in range(steps)]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    feed = {
        "observation": observation.astype(np.float32),
        "noise": noise,
        "prefix": np.zeros_like(noise),
        "weight": np.zeros(noise.shape[:2], np.float32),
    }
    if fresh is not None:
        feed["fresh"] = fresh
    return np.stack([noise, *_run(model, names, feed)]).astype(np.float64)


def decode(policy: OnnxPolicy, observation: Array, chunk: Array) -> Array:
    """Normalised chunks (batch, predicted, action_size) of windows (batch, observed, observation_size) -> raw."""
    model, last = onnx.load(policy.path), f"drawn_{policy.card.sampling_steps - 1}"
    shape = ["batch", *chunk.shape[1:]]
    model.graph.value_info.append(onnx.helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, shape))
    decoder = onnx.utils.Extractor(model).extract_model(["observation", last], ["action"])
    feed = {"observation": observation.astype(np.float32), last: chunk.astype(np.float32)}
    wanted = {i.name for i in decoder.graph.input}
    return _run(decoder, ["action"], {k: v for k, v in feed.items() if k in wanted})[0].astype(np.float64)


def _run(model: onnx.ModelProto, outputs: list[str], feed: Feed) -> list[NDArray[np.float32]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(outputs, feed))
