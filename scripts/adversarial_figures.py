"""Learning curves and reward maps of learners that act while they learn, as docs/learners.md shows them.

    python scripts/adversarial_figures.py docs/adversarial.png runs/gail runs/drail

What a map shows: midp_ros/adversarial/reward_map.py.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from matplotlib.figure import Figure

from midp_ros.adversarial.reward_map import draw_reward_map, reward_map
from midp_ros.learning.checkpoint import Checkpoint


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
        figure.colorbar(draw_reward_map(axis, reward_map(saved), f"{name}, seed {saved.config.seed}"), ax=axis,
                        shrink=0.8)  # fmt: skip
    curves.set(title="success while exploring,\nmean of 100 episodes", xlabel="control steps [thousands]", ylim=(0, 1))
    curves.legend(frameon=False)
    curves.grid(alpha=0.25)
    figure.savefig(file, dpi=90)


if __name__ == "__main__":
    main(*sys.argv[1:])
