"""What a training run leaves behind: checkpoint, configuration, metrics and curves; imports core and torch."""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from midp_ros.learning.training import StepMetrics, Training

COLUMNS = (*(f.name for f in fields(StepMetrics)), "steps_per_s")
CURVES = ("denoising_error", "bound", "history_information", "statistics_loss", "gradient_norm", "learning_rate")


class MetricsFile:
    """metrics.csv: one row per `every` steps, each value the mean over them."""

    def __init__(self, path: Path, every: int, resume_at: int):
        """Opens the file; rows beyond the step that a run resumes at are dropped, for they will come again."""
        self.path, self.every = path, every
        kept = [row for row in read_metrics(path) if row["step"] <= resume_at] if resume_at and path.exists() else []
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="nan")  # an older version's rows may lack a column
            writer.writeheader()
            writer.writerows({**row, "step": int(row["step"])} for row in kept)
        self._rows: list[StepMetrics] = []
        self._since = time.perf_counter()

    def add(self, metrics: StepMetrics) -> dict[str, float] | None:
        """Takes one step's metrics; returns the row when one is complete."""
        self._rows.append(metrics)
        if metrics.step % self.every:
            return None
        row: dict[str, float] = {
            name: sum(getattr(m, name) for m in self._rows) / len(self._rows) for name in COLUMNS[1:-1]
        }
        row = {"step": metrics.step, **row, "steps_per_s": len(self._rows) / (time.perf_counter() - self._since)}
        with open(self.path, "a", newline="") as file:
            csv.DictWriter(file, COLUMNS).writerow({k: f"{v:.6g}" if k != "step" else v for k, v in row.items()})
        self._rows, self._since = [], time.perf_counter()
        return row


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The rows of a metrics.csv."""
    with open(path, newline="") as file:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]


def train_into(training: Training, run_dir: Path) -> Iterator[tuple[StepMetrics, dict[str, float] | None]]:
    """Runs a training, saving checkpoints and metrics on the way; yields each step's metrics and every complete row."""
    settings = training.config.training
    metrics_file = MetricsFile(run_dir / "metrics.csv", settings.log_every, training.step)
    for metrics in training.run():
        row = metrics_file.add(metrics)
        if metrics.step % settings.save_every == 0 or metrics.step == settings.steps:
            training.checkpoint().save(checkpoint_path(run_dir))
        yield metrics, row


def checkpoint_path(run_dir: Path) -> Path:
    """Where a run's newest checkpoint lies."""
    return run_dir / "checkpoint.pt"


def plot_curves(run_dir: Path) -> Path | None:
    """Draws metrics.csv as curves.png; None where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None
    rows = read_metrics(run_dir / "metrics.csv")
    figure = Figure(figsize=(13, 6), layout="constrained")
    for axis, name in zip(figure.subplots(2, 3).flat, CURVES, strict=True):
        points = [(r["step"], r[name]) for r in rows if math.isfinite(r[name])]
        axis.plot(*zip(*points, strict=True)) if points else axis.text(0.5, 0.5, "none", ha="center")
        axis.set(title=name.replace("_", " "), xlabel="step", yscale="log" if name == "denoising_error" else "linear")
    path = run_dir / "curves.png"
    figure.savefig(path, dpi=110)
    return path
