"""A training's metrics as TensorBoard reads them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorboard")

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

from midp_ros.core.errors import MidpError  # noqa: E402
from midp_ros.learning.monitoring import event_files  # noqa: E402
from midp_ros.learning.monitoring.event_files import EventFiles  # noqa: E402


def write(run_dir: Path, steps: list[int], resume_at: int = 0) -> None:
    with EventFiles(run_dir, resume_at) as events:
        for step in steps:
            events.add({"step": step, "denoising_error": 1 / step, "bound": math.nan, "steps_per_s": 30.0})


def errors(run_dir: Path) -> dict[int, float]:
    read = EventAccumulator(str(run_dir / event_files.FOLDER))
    read.Reload()
    assert sorted(read.Tags()["scalars"]) == ["denoising_error", "steps_per_s"]
    return {event.step: event.value for event in read.Scalars("denoising_error")}


def test_every_row_is_there_and_a_resumed_run_replaces_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    write(tmp_path, [50, 100, 150])
    assert errors(tmp_path) == pytest.approx({50: 0.02, 100: 0.01, 150: 1 / 150})
    write(tmp_path, [150, 200], resume_at=100)
    assert list(errors(tmp_path)) == [50, 100, 150, 200]
    write(tmp_path, [10])
    assert list(errors(tmp_path)) == [10]


def test_where_it_is_missing_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_files, "find_spec", lambda name: None)
    with pytest.raises(MidpError, match=r"needs TensorBoard; pip install 'midp_ros\[tensorboard\]'"):
        EventFiles(tmp_path, 0)
