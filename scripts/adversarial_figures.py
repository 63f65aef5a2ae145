"""Learning curves and reward maps of learners that act while they learn, as docs/learners.md shows them.

    python scripts/adversarial_figures.py docs/adversarial.png runs/gail runs/drail

A map shows, over a plane through a goal of `reach`, the reward of the step that leads straight to the goal minus that
of the step away from it: where it is above 0, the judge draws the policy to the goal.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

from midp_ros.adversarial.judge import Judge
from midp_ros.adversarial.step_policy import StepPolicy
from midp_ros.core.pose import tool_down
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.learners.learner import learner_of

GOAL_M = np.array([0.5, 0.0, 0.3])
HALF_M, POINTS = 0.2, 41
STEP_M = 0.025  # a control step at the expert's usual speed


def judge_of(saved: Checkpoint, policy: StepPolicy) -> Judge:
    """The judge of a run."""
    learner: Any = learner_of(saved.config)
    judge: Judge = learner.judge(policy.seen_size + saved.contract.action_size, learner.config.judge)
    judge.load_state_dict(saved.state["judge"])
    return judge.eval()


def reward_map(saved: Checkpoint) -> np.ndarray:
    """Reward towards the goal minus that away from it (POINTS, POINTS), rows along y, columns along x."""
    policy: Any = saved.build_policy()
    contract = saved.contract
    axis = np.linspace(-HALF_M, HALF_M, POINTS)
    x, y = np.meshgrid(axis, axis)
    places = GOAL_M + np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    down = tool_down(0.0)[:, :2].T.ravel()
    observation = np.zeros((len(places), contract.horizon.observed, contract.observation_size), np.float32)
    for name, value in (
        ("tool_position", places), ("goal_position", np.broadcast_to(GOAL_M, places.shape)),
        ("tool_rotation", np.broadcast_to(down, (len(places), 6))),
        ("goal_rotation", np.broadcast_to(down, (len(places), 6))),
    ):  # fmt: skip
        observation[:, :, contract.observation_slices[name]] = value[:, None]
    offset = GOAL_M - places
    distance = np.linalg.norm(offset, axis=1, keepdims=True)
    towards = offset * np.minimum(1, STEP_M / np.maximum(distance, 1e-9))
    judge, rewards = judge_of(saved, policy), []
    with torch.no_grad():
        seen = torch.from_numpy(observation)
        for sign in (1, -1):
            action = np.concatenate([places + sign * towards, np.broadcast_to(down, (len(places), 6))], axis=1)
            chunk = torch.from_numpy(action.astype(np.float32))[:, None].expand(-1, contract.horizon.predicted, -1)
            pairs = torch.cat([policy.observe(seen), policy.demonstrated(seen, chunk).clamp(-1, 1)], dim=1)
            random = torch.Generator().manual_seed(0)
            rewards.append(torch.stack([judge.reward(pairs, random) for _ in range(32)]).mean(0))
    return (rewards[0] - rewards[1]).view(POINTS, POINTS).numpy()


def main(file: str, *runs: str) -> None:
    """Draws the curves in one panel, and a map for each run."""
    figure = Figure(figsize=(4.2 * (1 + len(runs)), 3.8), layout="constrained")
    curves, *maps = figure.subplots(1, 1 + len(runs))
    for run, axis in zip(runs, maps, strict=True):
        saved = Checkpoint.load(Path(run) / "checkpoint.pt")
        name = saved.config.learner.name
        with open(Path(run) / "metrics.csv", newline="") as rows:
            found = [(int(row["step"]), float(row["success"])) for row in csv.DictReader(rows)]
        rollout = saved.config.learner.options["rollout"] / 1000
        curves.plot([rollout * step for step, _ in found], [success for _, success in found],
                    label=f"{name}, seed {saved.config.seed}")  # fmt: skip
        shown = reward_map(saved)
        most = float(np.abs(shown).max())
        extent = (-100 * HALF_M, 100 * HALF_M) * 2
        image = axis.imshow(shown, origin="lower", extent=extent, cmap="RdBu", vmin=-most, vmax=most)
        axis.plot(0, 0, "k+", markersize=10)
        axis.set(title=f"{name}, seed {saved.config.seed}: reward, towards the goal\nminus away from it",
                 xlabel="x from the goal [cm]", ylabel="y from the goal [cm]")  # fmt: skip
        figure.colorbar(image, ax=axis, shrink=0.8)
    curves.set(title="success while exploring,\nmean of 100 episodes", xlabel="control steps [thousands]", ylim=(0, 1))
    curves.legend(frameon=False)
    curves.grid(alpha=0.25)
    figure.savefig(file, dpi=90)


if __name__ == "__main__":
    main(*sys.argv[1:])
