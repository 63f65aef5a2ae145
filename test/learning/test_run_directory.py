"""What a run leaves behind, also after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic import small_config

from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.run_directory import checkpoint_path, plot_curves, read_metrics, train_into
from midp_ros.learning.training import Training


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


def test_curves_are_drawn(tmp_path: Path, dataset: Dataset) -> None:
    pytest.importorskip("matplotlib")
    for _ in train_into(Training(small_config(steps=10), dataset), tmp_path):
        pass
    path = plot_curves(tmp_path)
    assert path is not None and path.read_bytes().startswith(b"\x89PNG")
