"""Checkpoint files: whole or refused, and nothing in them runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from synthetic import small_config

from midp_ros.core.errors import FileFormatError
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.training import Training


@pytest.fixture(scope="module")
def saved(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("run") / "checkpoint.pt"
    training = Training(small_config(steps=2), dataset, command="midp train x")
    list(training.run())
    training.checkpoint().save(path)
    return path


def test_a_checkpoint_round_trips(saved: Path, dataset: Dataset) -> None:
    checkpoint = Checkpoint.load(saved)
    assert checkpoint.contract == dataset.contract
    assert checkpoint.config == small_config(steps=2)
    assert (checkpoint.step, checkpoint.command, checkpoint.data_hash) == (2, "midp train x", dataset.data_hash)
    assert os.listdir(saved.parent) == [saved.name]


@pytest.mark.parametrize("kept", [0, 1, 100, 5000, -100])
def test_a_truncated_checkpoint_is_refused(saved: Path, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "cut.pt"
    path.write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(FileFormatError, match="cut.pt"):
        Checkpoint.load(path)


def test_foreign_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="missing.pt"):
        Checkpoint.load(tmp_path / "missing.pt")
    for name, content in {"other.pt": {"weights": torch.zeros(2)}, "list.pt": [1, 2]}.items():
        torch.save(content, tmp_path / name)
        with pytest.raises(FileFormatError, match="not a checkpoint of midp_ros"):
            Checkpoint.load(tmp_path / name)
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(FileFormatError, match="text.pt"):
        Checkpoint.load(tmp_path / "text.pt")


def test_code_in_a_checkpoint_does_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "trace"),)

    torch.save({"format": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(FileFormatError, match="trap.pt"):
        Checkpoint.load(tmp_path / "trap.pt")
    assert not (tmp_path / "trace").exists()


def test_weights_of_another_shape_are_refused(saved: Path, tmp_path: Path) -> None:
    data = torch.load(saved, weights_only=True)
    data["ema"].pop("denoiser.out.1.weight")
    torch.save(data, tmp_path / "shape.pt")
    with pytest.raises(FileFormatError, match="weights"):
        Checkpoint.load(tmp_path / "shape.pt").build_policy()
