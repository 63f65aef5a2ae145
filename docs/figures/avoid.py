"""Draws docs/figures/avoid.png: the ways that demonstrations and policies take past the post of the task `avoid`.

    python docs/figures/avoid.py data/avoid runs/avoid/avoid.onnx runs/avoid_regression/avoid_regression.onnx

Beside it avoid.json gets the figures, with Wilson's 95 % intervals. Needs matplotlib (`make setup-train`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from palette import PALETTES

from midp_ros.cli.evaluation.episodes import OBSERVATIONS, Job, checked, run
from midp_ros.core.statistics import wilson_interval
from midp_ros.recording import load_episodes
from midp_ros.simulation.tasks.avoid import POST_HALF_M

matplotlib.use("agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
EPISODES, FIRST_SEED = 100, 10000
SIDES = ("left", "right", "none")
Way = tuple[np.ndarray, str, bool]  # tool positions past the post (steps, 2) [m], side, success


def demonstrated(folder: str) -> list[Way]:
    """The ways of recorded episodes."""
    return [
        (way(e.column("tool_position"), e.column("obstacle_position")), e.info["side"], bool(e.success))
        for e in load_episodes(folder)
    ]


def driven(model: str, handover: str) -> list[Way]:
    """The ways of a policy on unseen seeds, through the loop of its node."""
    job = checked(Job(model, "avoid", handover=handover, keep_observations=True))
    results = sorted(run(job, range(FIRST_SEED, FIRST_SEED + EPISODES), 0), key=lambda result: result["seed"])
    return [
        (
            way(r[OBSERVATIONS]["tool_position"], r[OBSERVATIONS]["obstacle_position"]),
            r["info"]["side"],
            r["success"],
        )
        for r in results
    ]


def way(tool_m: np.ndarray, post_m: np.ndarray) -> np.ndarray:
    """Tool positions in the plane from the post on: to its left, then ahead."""
    offset_m = tool_m[:, :2] - post_m[:, :2]
    return offset_m[:, ::-1]


def figures(ways: Iterable[Way]) -> dict[str, Any]:
    """Shares of the sides and of success, with their intervals."""
    sides, successes = zip(*((side, success) for _, side, success in ways), strict=True)
    count = len(sides)
    shares = {side: share(sides.count(side), count) for side in SIDES}
    return {"episodes": count, "success": share(sum(successes), count), **shares}


def share(some: int, all_: int) -> dict[str, Any]:
    """A count, its share and Wilson's 95 % interval."""
    return {"count": some, "share": some / all_, "interval_95": [round(x, 4) for x in wilson_interval(some, all_)]}


def draw(panels: dict[str, list[Way]], path: Path) -> None:
    """One panel for each source: the ways seen from above, the arm below; a cross where the arm touched the post."""
    colours = PALETTES["light"]
    by_side = {"left": colours.first, "right": colours.second, "none": colours.text}
    drawing, axes = plt.subplots(1, len(panels), figsize=(11.0, 4.0), sharey=True, layout="constrained")
    for ax, (title, ways) in zip(axes, panels.items(), strict=True):
        half_x, half_y, _ = (100 * half for half in POST_HALF_M)
        ax.add_patch(plt.Rectangle((-half_y, -half_x), 2 * half_y, 2 * half_x, color=colours.area, ec=colours.line))
        for points_m, side, success in ways:
            ax.plot(*(100 * points_m.T), color=by_side[side], lw=0.6, alpha=0.5)
            if not success:
                ax.plot(*(100 * points_m[-1]), "x", color=colours.text, ms=4)
        found = figures(ways)
        text = ", ".join(f"{100 * found[side]['share']:.0f} % {side}" for side in SIDES if found[side]["count"])
        ax.set_title(f"{title}\n{text}\n{100 * found['success']['share']:.0f} % succeed", fontsize=9)
        ax.set_xlabel("to the left of the post [cm]", fontsize=8)
        ax.set(xlim=(13, -13), ylim=(-20, 20))
        ax.tick_params(labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("ahead of the post [cm]", fontsize=8)
    drawing.savefig(path, dpi=130)


def main() -> None:
    """Reads demonstrations, drives both policies, draws."""
    data, diffusion, regression = sys.argv[1:4]
    panels = {
        "demonstrations": demonstrated(data),
        "diffusion": driven(diffusion, "switch"),
        "regression, same network": driven(regression, "switch"),
        "diffusion, chunks averaged": driven(diffusion, "ensemble"),
    }
    draw(panels, HERE / "avoid.png")
    found = {name: figures(ways) for name, ways in panels.items()}
    (HERE / "avoid.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
