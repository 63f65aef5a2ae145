"""Curves of a training: the terms that it had, and no others; imports matplotlib where it draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import IO, Any

from midp_ros.learning.monitoring.metrics_file import HELD_OUT

# Column of metrics.csv: title and unit.
TERMS = {
    "denoising_error": "denoising error",  # or what another learner descends
    "bound": "mutual information, lower bound [nat]",
    "statistics_loss": "loss of the statistics network [nat]",
    "history_information": "information on past observations, upper bound [nat]",
    "feature_information": "information in the features, upper bound [nat]",
    "leakage": "past actions in the features, HSCIC",
    "gradient_norm": "gradient norm, before clipping",
    "reward": "reward of a control step of its own",
    "success": "success of its own episodes, while it explores",
    "learning_rate": "learning rate",
}
ON_LOG_SCALE = ("denoising_error", "gradient_norm")
COLUMNS = 3


def trained_terms(rows: Sequence[dict[str, float]]) -> list[str]:
    """Columns that hold a number: those of terms that the loss had."""
    return [name for name in TERMS if any(math.isfinite(row.get(name, math.nan)) for row in rows)]


def draw_curves(
    rows: Sequence[dict[str, float]], file: IO[bytes], form: str = "png", error: str = TERMS["denoising_error"]
) -> bool:
    """Draws a panel for each trained term; False where matplotlib is not installed or there is no row.

    Args:
        error: the error's name.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    terms = trained_terms(rows)
    if not terms:
        return False
    height = math.ceil(len(terms) / COLUMNS)
    figure = Figure(figsize=(4.4 * min(COLUMNS, len(terms)), 3.0 * height), layout="constrained")
    axes = figure.subplots(height, min(COLUMNS, len(terms)), squeeze=False).flat
    for name, axis in zip(terms, axes, strict=False):
        _draw(axis, rows, name, "learned episodes" if name == "denoising_error" else None, "tab:blue")
        if name == "denoising_error":
            _draw(axis, rows, HELD_OUT, "held-out episodes", "tab:orange")
            axis.legend(frameon=False)
        positive = all(row[name] > 0 for row in rows if math.isfinite(row[name]))  # a likelihood may be below 0
        scale = "log" if name in ON_LOG_SCALE and positive else "linear"
        axis.set(xlabel="training step", yscale=scale)
        axis.set_title(error if name == "denoising_error" else TERMS[name], fontsize="medium")
        axis.grid(alpha=0.25, which="both")
        axis.spines[["top", "right"]].set_visible(False)
    for axis in list(axes):
        axis.set_axis_off()
    figure.savefig(file, format=form, dpi=110)
    return True


def _draw(axis: Any, rows: Sequence[dict[str, float]], name: str, label: str | None, color: str) -> None:
    points = [(r["step"], r[name]) for r in rows if math.isfinite(r.get(name, math.nan))]
    if points:
        axis.plot(*zip(*points, strict=True), label=label, color=color, lw=1.2, marker="o" if len(points) == 1 else "")
