"""The study's figures: ways past the post, seen from above; imports matplotlib where it draws."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.experiment.plots import save_figure
from midp_ros.reproduce.why_diffusion.scene import side
from midp_ros.simulation.tasks.avoid import POST_HALF_M

COLOURS = {"left": "#0072b2", "right": "#d55e00", "post": "#24292f"}  # Okabe and Ito 2008, and black
COLUMNS = 6


def ways_figure(panels: Mapping[str, Any], path: Path, ahead_mm: tuple[float, float]) -> None:
    """One panel for each title: ways [mm], coloured by where they pass the post.

    Args:
        ahead_mm: what is shown, from behind the post to ahead of it.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    columns = min(COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(2.1 * columns + 0.4, 3.3 * rows + 0.2), layout="constrained")
    axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    half_x, half_y, _ = (1000 * half for half in POST_HALF_M)
    for axis, (title, ways) in zip(axes.flat, panels.items(), strict=False):
        axis.add_patch(Rectangle((-half_y, -half_x), 2 * half_y, 2 * half_x, facecolor="#d0d7de", edgecolor="#57606a"))
        for way in ways:
            points = np.asarray(way, float)
            axis.plot(points[:, 0], points[:, 1], color=COLOURS[side(points / 1000)], lw=0.7, alpha=0.5)
        axis.set_title(title, fontsize=9)
        axis.set(xlim=(140, -140), ylim=ahead_mm, aspect="equal")
        axis.tick_params(labelsize=7)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("ahead of the post [mm]", fontsize=8)
    for axis in axes[-1]:
        axis.set_xlabel("to its left [mm]", fontsize=8)
    save_figure(figure, path, 110)
