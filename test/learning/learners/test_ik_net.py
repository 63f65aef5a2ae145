"""A learned inverse kinematics: it learns a known map, is exported, and leads the tool straight to the goal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from on_meta import step_on_meta

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.plain_data import ConfigError
from midp_ros.core.seams import EntryPointError
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.export import export_onnx
from midp_ros.learning.learners.learner import new_policy
from midp_ros.learning.monitoring.action_error import action_errors
from midp_ros.learning.training import Training

CONTRACT = Contract.load("trace_joints")
MAP = np.random.default_rng(0).normal(size=(3, 7))


def config(**settings: object) -> TrainConfig:
    training = {"steps": 300, "batch": 64, "warmup_steps": 0, "learning_rate": 1e-2, "ema_decay": 0.9}
    return TrainConfig.from_dict(
        {"name": "test", "data": "d", "learner": {"name": "ik_net", "hidden": [32]}, "training": training, **settings}
    )


def pairs(count: int = 500) -> Episode:
    """Joints that are a linear function of the goal."""
    goal = np.random.default_rng(1).uniform(0.3, 0.6, (count, 3))
    observation = np.zeros((count, CONTRACT.observation_size))
    for name in ("goal_position", "tool_position"):
        observation[:, CONTRACT.observation_slices[name]] = goal
    return Episode(CONTRACT, CONTRACT.step_s * np.arange(count), observation, goal @ MAP)


def observed(tool: list[float], goal: list[float]) -> np.ndarray:
    window = np.zeros((1, 1, CONTRACT.observation_size), np.float32)
    for name, value in (("tool_position", tool), ("goal_position", goal)):
        window[..., CONTRACT.observation_slices[name]] = value
    return window


@pytest.mark.slow
def test_it_learns_a_known_map_and_is_exported(tmp_path):
    training = Training(config(), build_dataset([pairs()]), held_out=build_dataset([pairs(50)]))
    errors = [metrics.denoising_error for metrics in training.run()]
    assert errors[-1] < 1e-3 < errors[0] and training.held_out_error() < 1e-3
    (told,) = action_errors(training.policy, build_dataset([pairs(50)]))
    assert told.name == "joint_position" and told.error < 0.05 * told.motion
    _, difference = export_onnx(training.checkpoint(), tmp_path / "ik.onnx")
    assert difference < 1e-4
    policy, noise = OnnxPolicy(tmp_path / "ik.onnx"), np.zeros((1, 12, 7), np.float32)
    there = policy.predict(observed([0.5, 0.4, 0.5], [0.5, 0.4, 0.5]), noise)
    np.testing.assert_allclose(there[0], np.tile(np.array([0.5, 0.4, 0.5]) @ MAP, (12, 1)), atol=0.03)


def test_every_tensor_of_a_step_is_on_the_device(monkeypatch):
    step_on_meta(config(), build_dataset([pairs(50)]), monkeypatch)


def test_the_tool_goes_straight_to_the_goal_at_its_speed_and_no_further():
    policy = new_policy(CONTRACT, config(learner={"name": "ik_net", "speed_m_s": 0.1}))
    policy.network = torch.nn.Linear(3, 7, bias=False)
    policy.network.weight.data = torch.tensor(MAP.T, dtype=torch.float32)  # "joints" that tell the point
    step_m, steps = 0.1 * CONTRACT.step_s, np.arange(1, 13)
    for length_m, expected in ((1.0, steps * step_m), (3 * step_m, np.minimum(steps, 3) * step_m)):
        window = torch.tensor(observed([0.1, 0.2, 0.3], [0.1, 0.2 + length_m, 0.3]))
        chunk = policy.answer()(window, torch.zeros(1, 12, 7))[0].detach().numpy()
        points = np.array([0.1, 0.2, 0.3]) + expected[:, None] * np.array([0, 1, 0])
        np.testing.assert_allclose(chunk, points @ MAP, atol=1e-5)


def test_a_prefix_is_held_to():
    policy = new_policy(CONTRACT, config())
    window, prefix = torch.tensor(observed([0.1, 0.2, 0.3], [0.4, 0.2, 0.3])), torch.full((1, 12, 7), 0.3)
    weight = torch.tensor([[1.0, 1.0, 0.5] + [0.0] * 9])
    free, held = (policy.answer()(window, torch.zeros(1, 12, 7), *more) for more in ((), (prefix, weight)))
    expected = weight[..., None] * prefix + (1 - weight[..., None]) * free
    torch.testing.assert_close(held, expected)


@pytest.mark.parametrize(
    ("contract", "settings", "said"),
    [
        ("reach", {}, "action: got .*need \\['joint_position'\\] alone"),
        ("hidden", {}, "'goal_position' as it is"),
        ("trace_joints", {"regulariser": {"pair": ["action", "next_action"]}}, "regulariser"),
        ("trace_joints", {"learner": {"name": "ik_net", "speed_m_s": 0.0}}, "learner.speed_m_s: got 0.0"),
        ("trace_joints", {"learner": {"name": "ik_net", "hidden": []}}, "learner.hidden"),
    ],
)
def test_it_refuses_what_it_cannot_learn(contract, settings, said):
    if contract == "hidden":
        entries = [replace(e, policy_input=e.name != "goal_position") for e in CONTRACT.observation]
        found = replace(CONTRACT, observation=tuple(entries))
    else:
        found = Contract.load(contract)
    with pytest.raises((ConfigError, EntryPointError), match=said):
        new_policy(found, config(**settings))
