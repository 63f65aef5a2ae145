"""Demonstrations of a made-up reaching task, and training configurations small enough for tests; no tests here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.episode import Episode
from midp_ros.learning.config import DiffusionConfig, ModelConfig, TrainConfig, TrainingConfig

CONTRACT = Contract(
    skill="test",
    robot="none",
    rate_hz=10.0,
    horizon=Horizon(observed=2, predicted=16, executed=8),
    observation=(
        Entry("joint_position", 2, "rad", policy_input=False),
        Entry("tool_position", 3, "m"),
        Entry("goal_position", 3, "m", relative_to="tool_position"),
    ),
    action=(Entry("tool_position", 3, "m", relative_to="tool_position"), Entry("gripper_width", 1, "m")),
)
SPEED_M = 0.03  # per step


def reach_episode(seed: int, steps: int = 30) -> Episode:
    """The tool goes straight to the goal; the gripper closes once it is there."""
    random = np.random.default_rng(seed)
    tool, goal = random.uniform(0.2, 0.6, (2, 3))
    observations, actions = [], []
    for _ in range(steps):
        offset = goal - tool
        distance = float(np.linalg.norm(offset))
        target = tool + offset * min(1.0, SPEED_M / max(distance, 1e-9))
        observations.append(np.concatenate([random.normal(size=2), tool, goal]))
        actions.append(np.append(target, 0.08 if distance > 0.01 else 0.02))
        tool = target
    return Episode(CONTRACT, np.arange(steps) * 0.1, np.array(observations), np.array(actions), {"success": True})


def small_config(**training: object) -> TrainConfig:
    """A run of a tiny network."""
    settings = {"steps": 20, "batch": 32, "warmup_steps": 5, "log_every": 5, "save_every": 10, **training}
    return TrainConfig(
        name="test",
        data="unused",
        model=ModelConfig(channels=(16, 32), embedding=32),
        diffusion=DiffusionConfig(steps=50, sampling_steps=5),
        training=replace(TrainingConfig(), **settings),  # type: ignore[arg-type]
    )
