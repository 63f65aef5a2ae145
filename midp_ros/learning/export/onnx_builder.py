"""Building an ONNX graph from nodes and from functions that torch exports; imports torch and onnx."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper
from torch import Tensor, nn

from midp_ros.core.errors import MidpError

OPSET = 20
KINDS = {torch.float32: onnx.TensorProto.FLOAT, torch.uint8: onnx.TensorProto.UINT8}  # of inputs and outputs


class ExportError(MidpError):
    """A graph that torch cannot export, or that does not do what the policy does."""


class GraphBuilder:
    """Nodes and shared constants of the graph under construction."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        return self.nodes(kind, inputs, [output], **attributes)[0]

    def nodes(self, kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> list[str]:
        """One node of several outputs."""
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **attributes))
        return outputs

    def constant(self, name: str, value: Tensor) -> str:
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value.detach().numpy()), name)
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
        ins, outs = (
            [helper.make_tensor_value_info(name, KINDS[t.dtype], ["batch", *t.shape[1:]]) for name, t in named.items()]
            for named in (inputs, outputs)
        )
        graph = helper.make_graph(self._nodes, "policy", ins, outs, list(self._constants.values()))
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], producer_name="midp_ros")
        model.ir_version = helper.find_min_ir_version_for([opset])
        onnx.checker.check_model(model, full_check=True)
        return model


def part(graph: GraphProto, output: str) -> GraphProto:
    """The nodes and constants that one output of a graph needs."""
    needed = {output}
    nodes: list[NodeProto] = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            nodes.insert(0, node)
            needed.update(node.input)
    constants = [tensor for tensor in graph.initializer if tensor.name in needed]
    return helper.make_graph(nodes, output, [], [], constants)


class _ByPlace(nn.Module):
    """A module whose inputs have one name together, `arguments`, however many there are."""

    def __init__(self, module: nn.Module):
        super().__init__()
        self.module = module

    def forward(self, *arguments: Tensor) -> Any:
        return self.module(*arguments)


def trace_model(module: nn.Module, inputs: dict[str, Tensor], outputs: list[str]) -> ModelProto:
    """torch's export of a module without the exporter's notes, constants folded, the first dimension free.

    Raises:
        ExportError: torch cannot export the module; says why.
    """
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        try:
            program = torch.onnx.export(
                _ByPlace(module).eval(),
                tuple(inputs.values()),
                input_names=list(inputs),
                output_names=outputs,
                dynamic_shapes={"arguments": tuple({0: "batch"} for _ in inputs)},
                opset_version=OPSET,
                dynamo=True,
                optimize=True,
                verbose=False,
            )
        except torch.onnx.errors.OnnxExporterError as e:
            raise ExportError(f"torch cannot export this network: {_reason(e)}") from None
    assert program is not None  # None only when a file in the old format is written
    model: ModelProto = program.model_proto
    model.producer_name = "midp_ros"
    _forget_notes(model)
    return model


def _reason(error: BaseException) -> str:
    """The first line of what began it, which the exporter wraps in advice."""
    while error.__cause__ is not None:
        error = error.__cause__
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"


def _forget_notes(model: ModelProto) -> None:
    """The exporter's notes are half of a file, and full of the machine's paths."""
    graph = model.graph
    functions = list(model.functions)
    nodes = [*graph.node, *(node for function in functions for node in function.node)]
    for each in (model, graph, *functions, *nodes, *graph.initializer, *graph.input, *graph.output, *graph.value_info):
        each.ClearField("doc_string")
        each.ClearField("metadata_props")
