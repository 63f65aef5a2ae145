"""Demonstrations of `reach` without physics, and adversarial trainings small enough for tests; no tests here."""

from __future__ import annotations

from functools import cache

import numpy as np

from midp_ros.core.episode import Episode
from midp_ros.core.window import observation_vector
from midp_ros.expert import make_expert
from midp_ros.inference.stepwise_policy import StepwisePolicy
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.simulation.environment import TaskEnvironment

CONTEXT = {"observed": 1, "executed": 1, "ahead": 3}


def configuration(name: str = "gail", learner: dict | None = None, steps: int = 3, **keys: object) -> TrainConfig:
    """A run of a tiny network on a few hundred steps."""
    judge = {"hidden": [16], "updates": 2, "batch": 32, "steps": 10, "draws": 2}
    section = {"name": name, "world": "tool", "environments": 8, "rollout": 64, "hidden": [16], "judge": judge}
    section |= {"ppo": {"epochs": 1}, **(learner or {})}
    training = {"steps": steps, "batch": 32, "warmup_steps": 0, "log_every": 1, "save_every": 2}
    plain = {"name": "test", "data": "unused", "learner": section, "context": CONTEXT, "training": training}
    return TrainConfig.from_dict({**plain, **keys})


@cache
def demonstrations() -> tuple[Episode, ...]:
    """The expert's, of four seeds."""
    env = TaskEnvironment("reach", kinematic=True)
    policy = StepwisePolicy(make_expert("reach", env.contract))
    return tuple(_episode(env, policy, seed) for seed in range(4))


@cache
def reach_windows() -> Dataset:
    """Their windows."""
    return build_dataset(demonstrations(), configuration().context)


def _episode(env: TaskEnvironment, policy: StepwisePolicy, seed: int) -> Episode:
    policy.reset(seed)
    observation, _ = env.reset(seed=seed)
    observations, actions, over = [], [], False
    while not over:
        observations.append(observation_vector(env.contract, observation))
        actions.append(policy.act(observation))
        observation, _, terminated, truncated, _ = env.step(actions[-1])
        over = terminated or truncated
    times = np.arange(len(actions)) * env.contract.step_s
    return Episode(env.contract, times, np.array(observations), np.array(actions), {"success": True})
