"""OnnxPolicy on hand-made graphs: needs no torch."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from midp_ros.core.card import ModelCard
from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.errors import ContractMismatchError, FileFormatError, ObservationError
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.inference.providers import ProviderError

CONTRACT = Contract(
    skill="test",
    robot="none",
    rate_hz=20.0,
    horizon=Horizon(observed=2, predicted=4, executed=2),
    observation=(Entry("tool_position", 3, "m"),),
    action=(Entry("tool_position", 3, "m"),),
)
CARD = ModelCard(CONTRACT, "midp train x", {}, "0" * 64, 5, 42, 100, 10, "0.0")


def write_model(path: Path, card: ModelCard | None = CARD, observed: int = 2, scale: float = 1.0) -> Path:
    """A graph that answers scale * noise."""
    ins = [
        helper.make_tensor_value_info("observation", TensorProto.FLOAT, ["batch", observed, 3]),
        helper.make_tensor_value_info("noise", TensorProto.FLOAT, ["batch", 4, 3]),
    ]
    out = helper.make_tensor_value_info("action", TensorProto.FLOAT, ["batch", 4, 3])
    node = helper.make_node("Mul", ["noise", "scale"], ["action"])
    graph = helper.make_graph([node], "g", ins, [out], [numpy_helper.from_array(np.float32(scale), "scale")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    if card:
        helper.set_model_props(model, card.to_metadata())
    onnx.save(model, path)
    return path


def window(time_s: float = 1.5) -> ObservationWindow:
    result = ObservationWindow(CONTRACT)
    result.push(time_s, np.array([0.1, 0.2, 0.3]))
    return result


def test_a_chunk_starts_at_the_newest_observation(tmp_path: Path) -> None:
    policy = OnnxPolicy(write_model(tmp_path / "m.onnx"))
    assert not policy.can_inpaint
    policy.reset(7)
    chunk = policy.act(window())
    noise = np.random.default_rng(7).standard_normal((1, 4, 3), dtype=np.float32)
    np.testing.assert_array_equal(chunk.actions, noise[0, 1:])
    assert (chunk.time_s, chunk.step_s, policy.parameters) == (1.5, 0.05, 42)


def test_a_model_says_how_its_chunks_take_over(tmp_path: Path) -> None:
    assert OnnxPolicy(write_model(tmp_path / "m.onnx")).handover == "auto", "from before it was said"
    card = replace(CARD, config={"context": {"handover": "switch"}})
    assert OnnxPolicy(write_model(tmp_path / "m.onnx", card)).handover == "switch"


def test_a_model_without_a_prefix_refuses_one(tmp_path: Path) -> None:
    policy = OnnxPolicy(write_model(tmp_path / "m.onnx"))
    with pytest.raises(FileFormatError, match="m.onnx takes no prefix.*midp export"):
        policy.act(window(), policy.act(window()), 1)


def test_the_same_seed_gives_the_same_actions(tmp_path: Path) -> None:
    policy = OnnxPolicy(write_model(tmp_path / "m.onnx"))
    policy.reset(1)
    first, second = policy.act(window()).actions, policy.act(window()).actions
    policy.reset(1)
    np.testing.assert_array_equal(policy.act(window()).actions, first)
    assert not np.array_equal(first, second)


def test_actions_that_are_not_finite_are_an_error(tmp_path: Path) -> None:
    policy = OnnxPolicy(write_model(tmp_path / "m.onnx", scale=float("nan")))
    with pytest.raises(ObservationError, match="not finite"):
        policy.act(window())


def test_another_contract_is_refused_by_its_first_difference(tmp_path: Path) -> None:
    policy = OnnxPolicy(write_model(tmp_path / "m.onnx"))
    policy.require_contract(CONTRACT)
    with pytest.raises(ContractMismatchError, match=r"rate_hz: 20.0 != 10.0"):
        policy.require_contract(replace(CONTRACT, rate_hz=10.0))


def test_missing_damaged_and_foreign_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="missing.onnx"):
        OnnxPolicy(tmp_path / "missing.onnx")
    whole = write_model(tmp_path / "m.onnx").read_bytes()
    for name, content in {"empty.onnx": b"", "text.onnx": b"hello", "cut.onnx": whole[: len(whole) // 2]}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileFormatError, match=name):
            OnnxPolicy(tmp_path / name)
    with pytest.raises(FileFormatError, match="not a policy exported by midp_ros"):
        OnnxPolicy(write_model(tmp_path / "foreign.onnx", card=None))
    with pytest.raises(FileFormatError, match="inputs"):
        OnnxPolicy(write_model(tmp_path / "shape.onnx", observed=3))


def test_damaged_metadata_is_refused(tmp_path: Path) -> None:
    metadata = CARD.to_metadata()
    for key, value in {"contract": "{", "parameters": None}.items():
        damaged = {k: (value if k == key else v) for k, v in metadata.items() if not (k == key and value is None)}
        with pytest.raises(FileFormatError, match="m.onnx.*metadata"):
            ModelCard.from_metadata(damaged, "m.onnx")  # type: ignore[arg-type]


def test_a_card_keeps_scores(tmp_path: Path) -> None:
    path = ModelCard.path_beside(tmp_path / "m.onnx")
    CARD.write(path)
    ModelCard.read(path).with_scores("pick", {"success_rate": 0.9}).write(path)
    assert path.name == "m.json"
    assert ModelCard.read(path) == replace(CARD, scores={"pick": {"success_rate": 0.9}})
    path.write_text("{}")
    with pytest.raises(FileFormatError, match="m.json"):
        ModelCard.read(path)


@pytest.mark.processes
def test_inference_loads_no_torch() -> None:
    code = "import sys, midp_ros.inference.onnx_policy; print([m for m in ('torch', 'rclpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.processes
def test_learning_loads_no_simulation_and_no_ros() -> None:
    pytest.importorskip("torch")
    code = (
        "import sys, midp_ros.learning.training, midp_ros.learning.export\n"
        "layers = {m.split('.')[1] for m in sys.modules if m.startswith('midp_ros.')}\n"
        "print(sorted(layers), [m for m in ('pybullet', 'rclpy', 'pinocchio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['core', 'learning'] []"


def test_warming_up_changes_nothing_but_the_time_of_the_first_answer(tmp_path: Path) -> None:
    cold, warm = (OnnxPolicy(write_model(tmp_path / "m.onnx"), threads=2) for _ in range(2))
    for policy in (cold, warm):
        policy.reset(3)
    warm.warm_up()
    np.testing.assert_array_equal(warm.act(window()).actions, cold.act(window()).actions)
    assert (warm.provider, warm.threads) == ("CPUExecutionProvider", 2)


def test_a_provider_that_is_not_there_is_no_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_model(tmp_path / "m.onnx")
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(ProviderError, match="no provider 'tensorrt' here; it has: cpu"):
        OnnxPolicy(path, provider="tensorrt")
