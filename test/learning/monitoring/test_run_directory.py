"""What a run leaves behind, also after a kill."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import reach_episode, small_config

from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import HistoryBottleneckConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.monitoring.curves import draw_curves, trained_terms
from midp_ros.learning.monitoring.metrics_file import MetricsFile, read_metrics, read_rows
from midp_ros.learning.monitoring.run_directory import checkpoint_path, metrics_path, train_into
from midp_ros.learning.training import Training
from midp_ros.learning.training_step import StepMetrics


def test_a_killed_run_goes_on_with_the_same_rows(tmp_path: Path, dataset: Dataset) -> None:
    config = small_config(steps=20, log_every=5, save_every=10)
    for _ in train_into(Training(config, dataset), tmp_path / "whole"):
        pass
    for metrics, _ in train_into(Training(config, dataset), tmp_path / "killed"):
        if metrics.step == 16:
            break
    saved = Checkpoint.load(checkpoint_path(tmp_path / "killed"))
    assert saved.step == 10
    for _ in train_into(Training(config, dataset, resume=saved), tmp_path / "killed"):
        pass
    whole, killed = (read_metrics(tmp_path / name / "metrics.csv") for name in ("whole", "killed"))
    assert [row["step"] for row in killed] == [5, 10, 15, 20]
    assert [row["denoising_error"] for row in killed] == [row["denoising_error"] for row in whole]


@pytest.mark.parametrize("left", ["16,0.12", "16,0.12,nan,nan,0,nan,0.001,", "\0\0\0\0", "16,0.1,nan\n17,x,nan\n"])
def test_a_row_cut_off_by_a_power_cut_is_dropped_and_comes_again(tmp_path: Path, dataset: Dataset, left: str) -> None:
    config = small_config(steps=20, log_every=5, save_every=10)
    for metrics, _ in train_into(Training(config, dataset), tmp_path):
        if metrics.step == 12:
            break
    with open(metrics_path(tmp_path), "a") as file:
        file.write(left)
    saved = Checkpoint.load(checkpoint_path(tmp_path))
    metrics_file = MetricsFile(metrics_path(tmp_path), 5, saved.step)
    assert metrics_file.damaged == left.strip().count("\n") + 1
    for _ in train_into(Training(config, dataset, resume=saved), tmp_path, metrics_file):
        pass
    rows, damaged = read_rows(metrics_path(tmp_path))
    assert [row["step"] for row in rows] == [5, 10, 15, 20] and not damaged


def test_a_step_without_a_bound_leaves_the_row_that_of_the_others(tmp_path: Path) -> None:
    steps = [
        StepMetrics(n, 0.5, bound, 0.0, 0.0, math.nan, 0.1, 1.0) for n, bound in ((1, 2.0), (2, math.nan), (3, 4.0))
    ]
    file = MetricsFile(metrics_path(tmp_path), 3, resume_at=0)
    assert [file.add(each) for each in steps] == [False, False, True]
    row = file.end_row()
    assert row["bound"] == 3.0 and row["denoising_error"] == 0.5 and math.isnan(row["history_information"])


def test_an_empty_metrics_file_is_begun_anew(tmp_path: Path, dataset: Dataset) -> None:
    metrics_path(tmp_path).write_text("")
    assert MetricsFile(metrics_path(tmp_path), 5, resume_at=10).damaged == 0
    assert read_metrics(metrics_path(tmp_path)) == []


@pytest.mark.slow
def test_only_terms_that_were_trained_are_drawn(tmp_path: Path, dataset: Dataset) -> None:
    pytest.importorskip("matplotlib")
    config, held_out = small_config(steps=10), build_dataset([reach_episode(99)])
    bottleneck = replace(config, history_bottleneck=HistoryBottleneckConfig(0.1))
    for name, settings in (("plain", config), ("bottleneck", bottleneck)):
        for _ in train_into(Training(settings, dataset, held_out=held_out), tmp_path / name):
            pass
    plain, with_history = (read_metrics(metrics_path(tmp_path / name)) for name in ("plain", "bottleneck"))
    assert trained_terms(plain) == ["denoising_error", "gradient_norm", "learning_rate"]
    assert set(trained_terms(with_history)) - set(trained_terms(plain)) == {"history_information"}
    assert all(row["held_out_error"] > 0 for row in plain)
    file = io.BytesIO()
    assert draw_curves(plain, file) and file.getvalue().startswith(b"\x89PNG")
