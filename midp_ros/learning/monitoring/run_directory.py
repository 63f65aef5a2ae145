"""A training run's folder: checkpoint, metrics, curves and report; imports core and torch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from midp_ros.learning.monitoring.metrics_file import MetricsFile
from midp_ros.learning.training import StepMetrics, Training


def metrics_path(run_dir: Path) -> Path:
    """Place of a run's metrics."""
    return run_dir / "metrics.csv"


def checkpoint_path(run_dir: Path) -> Path:
    """Place of a run's newest checkpoint."""
    return run_dir / "checkpoint.pt"


def train_into(
    training: Training, run_dir: Path, metrics_file: MetricsFile | None = None
) -> Iterator[tuple[StepMetrics, dict[str, float] | None]]:
    """Runs a training, saving checkpoints and metrics on the way; yields each step's metrics and every complete row.

    A caller that stops in between saves with `save_checkpoint`.
    """
    settings = training.config.training
    metrics_file = metrics_file or MetricsFile(metrics_path(run_dir), settings.log_every, training.step)
    for metrics in training.run():
        row = None
        if metrics_file.add(metrics) or metrics.step == settings.steps:
            row = metrics_file.end_row(training.held_out_error() if training.held_out else math.nan)
        if metrics.step % settings.save_every == 0 or metrics.step == settings.steps:
            save_checkpoint(training, run_dir)
        yield metrics, row


def save_checkpoint(training: Training, run_dir: Path) -> None:
    """Writes the run's checkpoint as it is between two steps; raises OutputError."""
    training.checkpoint().save(checkpoint_path(run_dir))
