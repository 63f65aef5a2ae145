"""An experiment's plots; imports matplotlib, where it draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.core.files.output import writing
from midp_ros.experiment.summary import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LARGEST_STEP, WIDTH = 0.22, 0.84  # between variants of a size, and of them all, in widths of a size
MILLION = 1e6


def reward_plot(cells: Sequence[Cell], path: Path) -> None:
    """One task's reward by size and variant: mean, 95 % interval, and a dot for each training seed."""
    figure, (axis,) = _figure(1, 1)
    sizes, variants = _names(cells)
    step = min(LARGEST_STEP, WIDTH / len(variants))
    for cell in cells:
        if cell.reward is None:
            continue
        v = variants.index(cell.variant)
        x = sizes.index(cell.size) + step * (v - (len(variants) - 1) / 2)
        e = cell.reward
        error = [[e.mean - e.low], [e.high - e.mean]]
        axis.errorbar(x, e.mean, error, fmt="o", color=f"C{v}", capsize=4, label=cell.variant)
        rewards = [r.average for r in cell.results]
        axis.plot([x + 0.23 * step] * len(rewards), rewards, ".", color=f"C{v}", alpha=0.5)
    axis.set_xticks(range(len(sizes)), [_size_label(cells, s).replace(", ", "\n") for s in sizes])
    axis.set(ylabel="average reward", title=cells[0].task, xlim=(-0.6, len(sizes) - 0.4))
    axis.grid(axis="y", alpha=0.3)
    _legend(axis, loc="upper left", bbox_to_anchor=(1, 1))
    save_figure(figure, path)


def curves_plot(cells: Sequence[Cell], path: Path) -> None:
    """One task's trainings: the denoising error, and beside it the bound of mutual information, a row for each size."""
    sizes, variants = _names([c for c in cells if c.results])
    figure, axes = _figure(len(sizes), 2)
    for row, size in enumerate(sizes):
        error, bound = axes[2 * row : 2 * row + 2]
        for cell in (c for c in cells if c.size == size):
            color = f"C{_names(cells)[1].index(cell.variant)}"
            for result in cell.results:
                curve = {name: np.array(column, float) for name, column in result.curve.items()}  # None: not a number
                error.plot(curve["step"], curve["denoising_error"], color=color, lw=1, label=cell.variant)
                if np.isfinite(curve["bound"]).all():
                    bound.plot(curve["step"], curve["bound"], color=color, lw=1, label=cell.variant)
        error.set(yscale="log", ylabel="denoising error", xlabel="step", title=_size_label(cells, size))
        bound.set(ylabel="bound [nat]", xlabel="step", title=_size_label(cells, size))
        _legend(error)
        _legend(bound)
    save_figure(figure, path)


def _figure(rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5 * max(columns, 1.5), 2.8 * max(rows, 1.3)), layout="constrained")
    return figure, list(np.ravel(figure.subplots(rows, columns, sharey="col")))


def _names(cells: Sequence[Cell]) -> tuple[list[str], list[str]]:
    return list(dict.fromkeys(c.size for c in cells)), list(dict.fromkeys(c.variant for c in cells))


def _size_label(cells: Sequence[Cell], size: str) -> str:
    parameters = [r.parameters for c in cells if c.size == size for r in c.results]
    return f"{size}, {parameters[0] / MILLION:.2f} M parameters" if parameters else f"{size} (missing)"


def _legend(axis: Axes, **place: Any) -> None:
    handles = dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True))
    if handles:
        axis.legend(handles.values(), handles.keys(), frameon=False, **place)
    else:
        axis.text(0.5, 0.5, "none", ha="center", transform=axis.transAxes)


def save_figure(figure: Figure, path: Path, dpi: int = 90) -> None:
    """Writes a PNG whole or not at all; the same figure gives the same file. Raises OutputError."""
    with writing(path) as file:
        figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
