"""The page's pictures of ways and of rewards; imports the study's files, and matplotlib where it draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.experiment.plots import save_figure
from midp_ros.reproduce.diffusion_imitation import gathered
from midp_ros.reproduce.diffusion_imitation.extent import ACTING, AVOID, LEARNERS, REACH, Extent
from midp_ros.reproduce.diffusion_imitation.figures import COLOURS, new_figure
from midp_ros.reproduce.diffusion_imitation.verdicts import SAYS
from midp_ros.reproduce.study import Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = ("-", "--", ":", "-.")  # by seed
SIDES = {"left": "#0072b2", "right": "#d55e00", "none": "#24292f"}


def draw_ways(results: Results, extent: Extent, path: Path) -> None:
    """Ways past the post in many scenes, seen from above, a panel for each learner."""
    from matplotlib.patches import Rectangle

    from midp_ros.simulation.tasks.avoid import POST_HALF_M

    found = {each: gathered.trainings(results, AVOID, each, extent.shown) for each in LEARNERS}
    found = {learner: own for learner, own in found.items() if own}
    figure, axes = new_figure(1, len(found), 2.4, 4.0)
    half_y, half_x = (1000 * POST_HALF_M[k] for k in (1, 0))
    for axis, (learner, own) in zip(axes, found.items(), strict=True):
        axis.add_patch(Rectangle((-half_y, -half_x), 2 * half_y, 2 * half_x, facecolor="#d0d7de", edgecolor="#57606a"))
        for one in own[min(own)]["ways_mm"]:
            way = np.array(one["way_mm"])
            axis.plot(way[:, 0], way[:, 1], color=SIDES[one["side"]], lw=0.8, alpha=0.6)
            if one["side"] == "none":
                axis.plot(*way[-1], "x", color=SIDES["none"], ms=5)
        axis.set(title=SAYS[learner], xlim=(150, -150), ylim=(-210, 210), aspect="equal",
                 xlabel="to the post's left [mm]")  # fmt: skip
    axes[0].set_ylabel("beyond the post [mm]")
    names = {"left": "passes left", "right": "passes right", "none": "fails, at x"}
    for side, colour in SIDES.items():
        axes[0].plot([], [], color=colour, label=names[side])
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    save_figure(figure, path, 110)


def draw_rewards(results: Results, extent: Extent, path: Path) -> bool:
    """Success while exploring, and what the judges reward around a goal; False: no judge has been trained."""
    found = {each: gathered.trainings(results, REACH, each, extent.base) for each in ACTING}
    mapped = {learner: {seed: one for seed, one in own.items() if "map" in one} for learner, own in found.items()}
    mapped = {learner: own for learner, own in mapped.items() if own}
    if not mapped:
        return False
    from midp_ros.adversarial.reward_map import draw_reward_map

    seeds = sorted(set().union(*mapped.values()))
    figure, axes = new_figure(len(mapped), 1 + len(seeds), 4.2, 3.8)
    for row, (learner, own) in enumerate(mapped.items()):
        curves, *maps = axes[row * (1 + len(seeds)) : (row + 1) * (1 + len(seeds))]
        for axis, seed in zip(maps, seeds, strict=True):
            if seed not in own:
                axis.set_axis_off()
                continue
            line = LINES[seeds.index(seed) % len(LINES)]
            _exploring(curves, own[seed]["exploring"], f"seed {seed}", COLOURS[learner], line)
            image = draw_reward_map(axis, np.array(own[seed]["map"]), f"{SAYS[learner]}, seed {seed}")
            figure.colorbar(image, ax=axis, shrink=0.8)
        curves.set(title=f"{SAYS[learner]}: success while exploring,\nmean of 100 episodes",
                   xlabel="control steps [thousands]", ylim=(-0.03, 1.03))  # fmt: skip
        curves.legend(frameon=False)
        curves.grid(alpha=0.25)
    save_figure(figure, path, 90)
    return True


def _exploring(axis: Axes, exploring: dict[str, Any], label: str, colour: str, line: str) -> None:
    steps = [step / 1000 for step in exploring["control_steps"]]
    # Without a finished episode there is no success yet.
    axis.plot(steps, [np.nan if s is None else s for s in exploring["success"]], line, color=colour, label=label)
