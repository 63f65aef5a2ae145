"""The study's figures: the loss by time, and the drawings as they were followed; imports matplotlib where it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.files.animation import save_animation
from midp_ros.drawing import DrawnPath
from midp_ros.experiment.plots import save_figure
from midp_ros.reproduce.franka_imitation.following import DRAWINGS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Followed = Mapping[str, Mapping[str, Any]]  # results of `follow` by who followed, then by drawing
LOSSES, FOLLOWED, MOVING = "losses.png", "followed.png", "followed.gif"
COLOURS = ("tab:blue", "tab:red", "tab:green", "tab:orange", "tab:purple", "tab:brown")
MARGIN_MM, PART_MM = 30.0, 30.0  # about a drawing; half of the enlarged part's width
FRAMES, FRAME_MS = 40, 120  # of the animation


def losses_figure(curves: Mapping[str, Sequence[Sequence[float]]], text_s: float, folder: Path) -> None:
    """The loss (mean squared error of the joints [rad^2]) of each recipe by time [s], and the text's duration."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axis = figure.subplots()
    for name, curve in curves.items():
        axis.plot(*zip(*curve, strict=True), label=name, lw=1.2)
    axis.axvline(text_s, color="black", ls="--", lw=1, label=f"the text's {text_s:g} s")
    axis.set(xlabel="time [s]", ylabel="mean squared error of the joints [rad²]", yscale="log", xscale="symlog")
    axis.set_xlim(left=0.0)
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1, 1))
    save_figure(figure, folder / LOSSES, 100)


def followed_figure(followed: Followed, folder: Path) -> None:
    """Each drawing with the tool's ways over each other, and beneath it its farthest point, enlarged.

    A way that leaves the drawing's surroundings leaves the figure.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 8), layout="constrained")
    whole, parts = figure.subplots(2, len(DRAWINGS))
    for column, drawing in enumerate(DRAWINGS):
        path = _seen(1e3 * DrawnPath.load(drawing).points_m)
        for axis in (whole[column], parts[column]):
            _draw(axis, path, {name: ways[drawing]["way_mm"] for name, ways in followed.items()}, 1.0)
            axis.set_xlabel("to the arm's right [mm]")
        whole[column].set_title(drawing)
        x, y = path[path[:, 1].argmax()]
        parts[column].set(xlim=(x - PART_MM, x + PART_MM), ylim=(y - 1.6 * PART_MM, y + 0.4 * PART_MM))
        parts[column].set_title("its farthest point")
    whole[0].set_ylabel("away from the arm [mm]")
    parts[0].set_ylabel("away from the arm [mm]")
    figure.legend(*whole[0].get_legend_handles_labels(), loc="outside lower center", ncols=7, frameon=False)
    save_figure(figure, folder / FOLLOWED, 100)


def followed_animation(followed: Followed, folder: Path) -> None:
    """The same drawings while they are followed, each way at the same share of its own duration."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    frames = []
    for frame in range(1, FRAMES + 1):
        figure = Figure(figsize=(7.5, 2.8), layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(DRAWINGS))
        for axis, drawing in zip(axes, DRAWINGS, strict=True):
            path = _seen(1e3 * DrawnPath.load(drawing).points_m)
            _draw(axis, path, {name: ways[drawing]["way_mm"] for name, ways in followed.items()}, frame / FRAMES)
            axis.set_axis_off()
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=7, frameon=False)
        canvas.draw()
        frames.append(np.asarray(canvas.buffer_rgba())[..., :3].copy())
    save_animation(frames, folder / MOVING, 1000 / FRAME_MS)


def _draw(axis: Axes, path: Array, ways_mm: Mapping[str, Sequence[Sequence[float]]], share: float) -> None:
    """A drawing (points, 2) as it is seen, and over it the first share of each way."""
    axis.plot(*path.T, color="black", lw=5, alpha=0.2, label="drawn")
    for (name, way_mm), colour in zip(ways_mm.items(), COLOURS, strict=False):
        way = _seen(np.array(way_mm))
        axis.plot(*way[: max(1, round(share * len(way)))].T, color=colour, lw=1.1, label=name)
    (left, low), (right, high) = path.min(axis=0) - MARGIN_MM, path.max(axis=0) + MARGIN_MM
    axis.set(xlim=(left, right), ylim=(low, high), aspect="equal")


def _seen(points_mm: Array) -> Array:
    """From the base's x and y to what is seen from behind the arm: to its right, and away from it (points, 2)."""
    return np.column_stack([-points_mm[:, 1], points_mm[:, 0]])
