"""Generated flows over the scenes, and success by scene; imports matplotlib, where it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.core.bootstrap import Estimate
from midp_ros.experiment.plots import save_figure
from midp_ros.reproduce.flow_interface.scenes import SCENES
from midp_ros.simulation.tasks.carry import CORNERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = ("training scene", "smaller box", "higher table")
COLOURS = ("#c8553d", "#3d7ec8", "#4a9c5d", "#8a5fb0")  # of the keypoints
VIEWS = {"from above": (1, 0), "from the front": (1, 2)}  # axes across and up the page
NAMES = "xyz"
KEYS = ("mean", "low", "high")


def flows_figure(found: Mapping[str, Any], ways: Mapping[str, Sequence[Any]], path: Path) -> None:
    """A column for each scene, seen from above and from the front: generated flows, and the way that was executed.

    Args:
        found: of `generated`.
        ways: by scene the box's centre (steps, 3) [m] in the first episode of the policy.
    """
    figure = _figure(10.5, 6.4)
    axes = figure.subplots(2, len(SHOWN), squeeze=False)
    for column, scene in enumerate(SHOWN):
        points, flows, goal = (np.array(found[scene][key]) for key in ("points", "ways", "goal"))
        for row, (view, (across, up)) in enumerate(VIEWS.items()):
            axis = axes[row, column]
            if view != "from above":
                table_m = SCENES[scene]["table_m"]
                axis.axhspan(-0.02, table_m, color="#c9c2b4", lw=0)
            _edges(axis, points, across, up)
            for flow in flows:  # (steps, points, 3)
                for point, colour in enumerate(COLOURS):
                    line = np.concatenate([points[None, point], flow[:, point]])
                    axis.plot(line[:, across], line[:, up], "-", color=colour, lw=0.8, alpha=0.6)
            if scene in ways:
                way = np.array(ways[scene])
                axis.plot(way[:, across], way[:, up], "k--", lw=1.4, label="the box's centre, carried")
            for point, colour in enumerate(COLOURS):
                label = f"keypoint {point + 1}, generated flows"
                axis.plot(*points[point][[across, up]], "o", color=colour, ms=5, label=label)
            axis.plot(*goal[[across, up]], "*", color="k", ms=11, label="goal")
            axis.set_aspect("equal", adjustable="datalim")
            axis.set_title(f"{scene}, {view}", fontsize=9)
            axis.set_xlabel(f"{NAMES[across]} [m]")
            if column == 0:
                axis.set_ylabel(f"{NAMES[up]} [m]")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9)
    save_figure(figure, path, 110)


def success_figure(rates: Mapping[str, Mapping[str, Estimate]], path: Path) -> None:
    """Bars of success with 95 % intervals, by what a policy is called and scene."""
    figure = _figure(10.0, 3.8)
    axis = figure.subplots()
    width = 0.8 / len(rates)
    for number, (says, by_scene) in enumerate(rates.items()):
        at = np.arange(len(by_scene)) + width * (number - (len(rates) - 1) / 2)
        rate, low, high = (100 * np.array([getattr(e, key) for e in by_scene.values()]) for key in KEYS)
        error = np.maximum(0.0, [rate - low, high - rate])  # at 100 % rounding leaves less than nothing
        axis.bar(at, rate, 0.92 * width, yerr=error, capsize=3, color=COLOURS[number], alpha=0.85, label=says)
    scenes = list(next(iter(rates.values())))
    axis.set_xticks(range(len(scenes)), [scene.replace(", ", ",\n") for scene in scenes])
    axis.set(ylabel="success [%]", ylim=(0, 105))
    axis.grid(axis="y", alpha=0.3)
    axis.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=1, frameon=False, fontsize=9)
    save_figure(figure, path, 110)


def _edges(axis: Axes, points: Any, across: int, up: int) -> None:
    """The box' edges, from its four keypoints."""
    centre = points.mean(0)
    basis = np.linalg.lstsq(CORNERS.astype(float), points - centre, rcond=None)[0]
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    for one, other in combinations(range(8), 2):
        if np.abs(corners[one] - corners[other]).sum() == 2:
            line = centre + corners[[one, other]] @ basis
            axis.plot(line[:, across], line[:, up], color="0.55", lw=0.8)


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")
