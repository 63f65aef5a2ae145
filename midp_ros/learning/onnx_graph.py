"""The sampler as an ONNX graph; imports torch and onnx.

torch exports three small graphs (condition, denoiser, decoder); here they become one, with the denoiser's nodes
repeated for every denoising step and its weights stored once. Exporting the unrolled loop as a whole gives the same
graph, but takes several times as long.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable

import numpy as np
import onnx
import torch
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper
from torch import Tensor, nn

from midp_ros.learning.diffusion import Sampler

OPSET = 20


def sampler_graph(sampler: Sampler) -> ModelProto:
    """One graph: `observation`, `noise` -> `action`, with a free batch size."""
    contract = sampler.policy.contract
    # Two samples: the exporter would take a batch of one for a constant.
    observation = torch.zeros(2, contract.horizon.observed, contract.observation_size)
    chunk = torch.zeros(2, contract.horizon.predicted, contract.action_size)
    film = sampler.condition(observation)
    policy = sampler.policy
    condition = _trace(sampler.condition, {"observation": observation}, "film")
    denoiser = _trace(policy.denoiser, {"x": chunk, "film": film}, "output")
    decoder = _trace(policy.decode_action, {"observation": observation, "x": chunk}, "action")

    graph = _Graph()
    graph.append(condition, "condition", {"observation": "observation"}, {"film": "film"})
    x = "noise"
    for i in range(len(sampler.steps)):
        graph.node("Add", ["film", graph.constant(f"step_film_{i}", sampler.step_films[i])], f"film_{i}")
        names = {"x": x, "film": f"film_{i}"}
        graph.append(denoiser, "denoiser", names, {"output": f"output_{i}"}, f"step_{i}")
        x = _ddim_step(graph, sampler, i, x)
    graph.append(decoder, "decoder", {"observation": "observation", "x": x}, {"action": "action"})
    return graph.model({"observation": observation, "noise": chunk}, {"action": chunk})


def _ddim_step(graph: _Graph, sampler: Sampler, i: int, x: str) -> str:
    """What `Sampler.denoise` does after the denoiser's output_i, node by node; returns the new x's name."""
    (signal, noise), (next_signal, next_noise) = (
        sampler.policy.schedule.levels(step) for step in (sampler.steps[i], sampler.after(i))
    )

    def scaled(value: str, name: str, factor: float) -> str:
        return graph.node("Mul", [value, graph.constant(f"{name}_{i}", torch.tensor(factor))], f"times_{name}_{i}")

    predicted = graph.node(
        "Add", [scaled(x, "noise_of_x", noise), scaled(f"output_{i}", "signal", signal)], f"predicted_noise_{i}"
    )
    rest = graph.node("Sub", [x, scaled(predicted, "noise", noise)], f"rest_{i}")
    clean = scaled(rest, "inverse_signal", 1 / signal)
    if sampler.clip:
        low, high = graph.constant("clip_low", torch.tensor(-1.0)), graph.constant("clip_high", torch.tensor(1.0))
        clean = graph.node("Clip", [clean, low, high], f"clean_{i}")
    parts = [scaled(clean, "next_signal", next_signal), scaled(predicted, "next_noise", next_noise)]
    return graph.node("Add", parts, f"x_{i}")


class _Graph:
    """Nodes and shared constants of the graph under construction."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def node(self, kind: str, inputs: list[str], output: str) -> str:
        self._nodes.append(helper.make_node(kind, inputs, [output], name=output))
        return output

    def constant(self, name: str, value: Tensor) -> str:
        self._constants[name] = numpy_helper.from_array(np.asarray(value.detach().float().numpy()), name)
        return name

    def append(
        self, part: GraphProto, prefix: str, inputs: dict[str, str], outputs: dict[str, str], instance: str = ""
    ) -> None:
        """Adds a copy of a part: its constants once per prefix, its other names once per instance."""
        where = instance or prefix
        renamed = {**inputs, **outputs, "": ""}
        for tensor in part.initializer:
            renamed[tensor.name] = f"{prefix}/{tensor.name}"
            if renamed[tensor.name] not in self._constants:
                copy = onnx.TensorProto()
                copy.CopyFrom(tensor)
                copy.name = renamed[tensor.name]
                copy.ClearField("doc_string")
                copy.ClearField("metadata_props")
                self._constants[copy.name] = copy
        for node in part.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            names = [[renamed.get(n, f"{where}/{n}") for n in group] for group in (node.input, node.output)]
            # A fresh node leaves out the exporter's notes: half of the file, and full of the machine's paths.
            self._nodes.append(helper.make_node(node.op_type, *names, name=f"{where}/{node.name}", **attributes))

    def model(self, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> ModelProto:
        kind = onnx.TensorProto.FLOAT
        ins, outs = (
            [helper.make_tensor_value_info(name, kind, ["batch", *t.shape[1:]]) for name, t in tensors.items()]
            for tensors in (inputs, outputs)
        )
        graph = helper.make_graph(self._nodes, "policy", ins, outs, list(self._constants.values()))
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], producer_name="midp_ros")
        model.ir_version = helper.find_min_ir_version_for([opset])
        onnx.checker.check_model(model, full_check=True)
        return model


class _Function(nn.Module):
    def __init__(self, function: Callable[..., Tensor], owner: object):
        super().__init__()
        self.function = function
        self.owner = owner  # registers the owner's weights, so that they keep their names

    def forward(self, *arguments: Tensor) -> Tensor:
        return self.function(*arguments)


def _trace(function: Callable[..., Tensor], inputs: dict[str, Tensor], output: str) -> GraphProto:
    """torch's export of a function of tensors, constants folded, the first dimension free."""
    owner = function if isinstance(function, nn.Module) else getattr(function, "__self__", None)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        program = torch.onnx.export(
            _Function(function, owner).eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=[output],
            dynamic_shapes={"arguments": tuple({0: "batch"} for _ in inputs)},
            opset_version=OPSET,
            dynamo=True,
            optimize=True,
            verbose=False,
        )
    assert program is not None  # only None when told to write a file in the old format
    graph: GraphProto = program.model_proto.graph
    return graph
