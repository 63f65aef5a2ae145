"""The study's figures; imports numpy, and matplotlib where it draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.experiment.plots import save_figure
from midp_ros.reproduce.mutual_information.trainings import NOISE_STEPS
from midp_ros.reproduce.mutual_information.variants import VARIANTS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = dict(zip(VARIANTS, ("C0", "C3", "C2"), strict=True))
REACH_M = 0.6  # of a picture of chunks, from the demonstrated one


def draw_curves(results: Mapping[str, Any], places: Sequence[tuple[str, str]], path: Path) -> None:
    """Denoising error of every training, a picture for each task and size."""
    figure, axes = _figure(1, len(places), 3.6)
    for axis, (task, size) in zip(axes, places, strict=True):
        for name, result in results.items():
            if name.startswith(f"{task}-{size}-"):
                variant = name.split("-")[2]
                axis.plot(result["step"], result["error"], color=COLOURS[variant], lw=1.2, label=variant)
        axis.set(yscale="log", xlabel="training step", title=f"{task}, {size}")
        handles = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
        axis.legend(handles.values(), handles.keys(), frameon=False)
    axes[0].set_ylabel("denoising error")
    save_figure(figure, path, 100)


def draw_chunks(results: Mapping[str, Any], path: Path) -> None:
    """From a demonstrated chunk to noise, and from noise to chunks, by variant."""
    names = list(results)
    figure, axes = _figure(1 + len(names), max(len(NOISE_STEPS), 3), 2.0)
    grid = np.array(axes).reshape(1 + len(names), -1)
    clean = np.array(results[names[0]]["chunks"]["there"][0])
    for axis, step, chunk in zip(grid[0], NOISE_STEPS, results[names[0]]["chunks"]["there"], strict=True):
        axis.plot(*np.array(chunk).T, ".-", color="k", ms=3, lw=0.8)
        axis.set_title(f"noise step {step}", fontsize=8)
    grid[0, 0].set_ylabel("to noise", fontsize=8)
    for row, name in zip(grid[1:], names, strict=True):
        back, variant = results[name]["chunks"]["back"], name.split("-")[2]
        for axis, chunks, title in zip(row, back, ("first denoising step", "half-way", "answer"), strict=False):
            for chunk in chunks:
                axis.plot(*np.array(chunk).T, color=COLOURS[variant], lw=0.7, alpha=0.7)
            axis.plot(*clean.T, "--", color="k", lw=1)
            axis.set_title(title, fontsize=8)
        row[0].set_ylabel(f"back, {variant}", fontsize=8)
        for axis in row[len(back) :]:
            axis.set_axis_off()
    middle = clean.mean(0)
    for axis in grid.ravel():
        axis.set(xlim=middle[0] + np.array([-1, 1]) * REACH_M / 2, ylim=middle[1] + np.array([-1, 1]) * REACH_M / 2)
        axis.set_aspect("equal")
        axis.tick_params(labelsize=6)
    save_figure(figure, path, 100)


def draw_ways(results: Mapping[str, Any], path: Path) -> None:
    """The tool's ways over the table, seen from above, by variant; the same episodes in each."""
    figure, axes = _figure(1, len(results), 3.2)
    for axis, (name, result) in zip(axes, results.items(), strict=True):
        variant = name.split("-")[2]
        for way, success in zip(result["ways_m"], result["success"], strict=False):
            x, y = np.array(way)[:, :2].T
            axis.plot(y, x, color=COLOURS[variant], lw=0.8)
            axis.plot(y[-1], x[-1], "o" if success else "x", color="k", ms=3)
        axis.set(title=variant, xlabel="y [m]", aspect="equal")
        axis.invert_xaxis()
    axes[0].set_ylabel("x [m]")
    save_figure(figure, path, 100)


def _figure(rows: int, columns: int, size: float) -> tuple[Figure, list[Any]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.25 * size * columns, size * rows), layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns)))
