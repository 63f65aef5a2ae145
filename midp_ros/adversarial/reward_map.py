"""What a judge rewards around a goal of `reach`, as a map; imports core and learning.

At each place of a plane through the goal: the reward of the step that leads straight to the goal minus that of the step
away from it. Where it is above 0, the judge draws the policy to the goal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from midp_ros.adversarial.judge import Judge
from midp_ros.adversarial.step_policy import StepPolicy
from midp_ros.core.arrays import Array
from midp_ros.core.pose import tool_down
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.learners.learner import learner_of

GOAL_M = np.array([0.5, 0.0, 0.3])
HALF_M, POINTS = 0.2, 41  # of the plane, along x and along y
STEP_M = 0.025  # a control step at the expert's usual speed
DRAWS = 32  # of a diffusion judge's noises, whose mean is shown


def judge_of(saved: Checkpoint, policy: StepPolicy) -> Judge:
    """The judge of a run."""
    learner: Any = learner_of(saved.config)
    judge: Judge = learner.judge(policy.seen_size + saved.contract.action_size, learner.config.judge)
    judge.load_state_dict(saved.state["judge"])
    return judge.eval()


def reward_map(saved: Checkpoint) -> Array:
    """Reward towards the goal minus that away from it (POINTS, POINTS), rows along y, columns along x."""
    policy: Any = saved.build_policy()
    contract = saved.contract
    axis_m = np.linspace(-HALF_M, HALF_M, POINTS)
    x_m, y_m = np.meshgrid(axis_m, axis_m)
    places_m = GOAL_M + np.stack([x_m.ravel(), y_m.ravel(), np.zeros(x_m.size)], axis=1)
    down = np.broadcast_to(tool_down(0.0)[:, :2].T.ravel(), (len(places_m), 6))
    observation = np.zeros((len(places_m), contract.horizon.observed, contract.observation_size), np.float32)
    values = {"tool_position": places_m, "goal_position": np.broadcast_to(GOAL_M, places_m.shape)}
    for name, value in {**values, "tool_rotation": down, "goal_rotation": down}.items():
        observation[:, :, contract.observation_slices[name]] = value[:, None]
    offset_m = GOAL_M - places_m
    distance_m = np.linalg.norm(offset_m, axis=1, keepdims=True)
    towards_m = offset_m * np.minimum(1, STEP_M / np.maximum(distance_m, 1e-9))
    judge, rewards = judge_of(saved, policy), []
    with torch.no_grad():
        seen = torch.from_numpy(observation)
        for sign in (1, -1):
            action = np.concatenate([places_m + sign * towards_m, down], axis=1).astype(np.float32)
            chunk = torch.from_numpy(action)[:, None].expand(-1, contract.horizon.predicted, -1)
            pairs = torch.cat([policy.observe(seen), policy.demonstrated(seen, chunk).clamp(-1, 1)], dim=1)
            random = torch.Generator().manual_seed(0)
            rewards.append(torch.stack([judge.reward(pairs, random) for _ in range(DRAWS)]).mean(0))
    return np.asarray((rewards[0] - rewards[1]).view(POINTS, POINTS).double().numpy())


def draw_reward_map(axis: Any, rewards: Array, title: str) -> Any:
    """Draws a map of `reward_map` into matplotlib's Axes, and returns the image, for a colour bar."""
    most, half_cm = float(np.abs(rewards).max()), 100 * HALF_M
    image = axis.imshow(
        rewards, origin="lower", extent=(-half_cm, half_cm, -half_cm, half_cm), cmap="RdBu", vmin=-most, vmax=most
    )
    axis.plot(0, 0, "k+", markersize=10)
    axis.set(
        title=f"{title}: reward, towards the goal\nminus away from it",
        xlabel="x from the goal [cm]",
        ylabel="y from the goal [cm]",
    )
    return image
