"""Small Push-T files for tests: hand-written demonstrations in zarr's version 2, and a model that moves at random."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from midp_ros.core.card import ModelCard
from midp_ros.pusht.state import pusht_contract

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "data" / "pusht_lowdim.zarr.zip"
LENGTHS = (12, 30)


def arrays() -> dict[str, NDArray]:
    """Two demonstrations of random walks."""
    random, steps = np.random.default_rng(0), sum(LENGTHS)
    state = np.concatenate([random.uniform(100, 400, (steps, 4)), random.uniform(0, 2 * np.pi, (steps, 1))], axis=1)
    return {
        "data/state": state.astype("<f4"),
        "data/action": random.uniform(100, 400, (steps, 2)).astype("<f4"),
        "meta/episode_ends": np.cumsum(LENGTHS).astype("<i8"),
    }


def write_zarr(folder: Path, contents: dict[str, NDArray]) -> Path:
    """A zarr folder of uncompressed arrays in one chunk each, as zarr's specification of version 2 has it."""
    for group in (folder, folder / "data", folder / "meta"):
        group.mkdir(parents=True)
        (group / ".zgroup").write_text('{"zarr_format": 2}')
    for name, array in contents.items():
        (folder / name).mkdir()
        shape = list(array.shape)
        about = {"zarr_format": 2, "shape": shape, "chunks": shape, "dtype": array.dtype.str, "order": "C"}
        (folder / name / ".zarray").write_text(
            json.dumps({**about, "compressor": None, "fill_value": 0, "filters": None})
        )
        (folder / name / ".".join("0" * array.ndim)).write_bytes(array.tobytes())
    return folder


def zip_folder(folder: Path, path: Path) -> Path:
    """The folder's content as a zip."""
    with zipfile.ZipFile(path, "w") as file:
        for name in sorted(folder.rglob("*")):
            if name.is_file():
                file.write(name, name.relative_to(folder))
    return path


def write_model(path: Path, draws: int = 0) -> Path:
    """A policy whose actions are 256 px + 90 px * noise, with its card beside it.

    Args:
        draws: chunks of noise besides the first one, of which it adds 60 px * their sum.
    """
    contract = pusht_contract()
    card = ModelCard(contract, "midp train x", {}, "0" * 64, 2, 42, 100, 16, "0.0")
    chunk = ["batch", contract.horizon.predicted, contract.action_size]
    window = ["batch", contract.horizon.observed, contract.observation_size]
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in (("observation", window), ("noise", chunk))
    ]
    nodes = [helper.make_node("Mul", ["noise", "spread"], ["x"]), helper.make_node("Add", ["x", "centre"], ["near"])]
    constants = [numpy_helper.from_array(np.float32(v), n) for n, v in (("spread", 90.0), ("centre", 256.0))]
    if draws:
        inputs.append(helper.make_tensor_value_info("fresh", TensorProto.FLOAT, [chunk[0], draws, *chunk[1:]]))
        nodes.append(helper.make_node("ReduceSum", ["fresh", "axis"], ["sum"], keepdims=0))
        nodes.append(helper.make_node("Mul", ["sum", "step"], ["further"]))
        constants.append(numpy_helper.from_array(np.array([1]), "axis"))
        constants.append(numpy_helper.from_array(np.float32(60.0), "step"))
    nodes.append(helper.make_node("Sum", ["near", "further"] if draws else ["near"], ["action"]))
    output = helper.make_tensor_value_info("action", TensorProto.FLOAT, chunk)
    graph = helper.make_graph(nodes, "g", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    helper.set_model_props(model, card.to_metadata())
    onnx.save(model, path)
    card.write(ModelCard.path_beside(path))
    return path
