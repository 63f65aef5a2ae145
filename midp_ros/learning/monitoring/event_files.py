"""Metrics of a training run for TensorBoard, beside its metrics.csv; imports tensorboard where it is used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from midp_ros.core.errors import MidpError

FOLDER = "tensorboard"


def require_tensorboard() -> None:
    """Refuses to begin without it; raises MidpError."""
    if find_spec("tensorboard") is None:
        raise MidpError("--tensorboard needs TensorBoard; pip install 'midp_ros[tensorboard]' brings it")


class EventFiles:
    """A run's event files: one scalar per column and row of metrics.csv. Leaving the block closes them.

    Args:
        resume_at: step of the checkpoint that the run resumes from; TensorBoard drops what came later. 0 removes the
            files of a run before.
    """

    def __init__(self, run_dir: Path, resume_at: int):
        require_tensorboard()
        from torch.utils.tensorboard import SummaryWriter

        self.folder = run_dir / FOLDER
        if not resume_at:
            for stale in self.folder.glob("events.out.tfevents.*"):
                stale.unlink()
        self._writer = SummaryWriter(str(self.folder), purge_step=resume_at + 1 if resume_at else None)

    def add(self, row: Mapping[str, float]) -> None:
        """Writes a row of metrics; a column that is NaN does not apply to this run."""
        for name, value in row.items():
            if name != "step" and not math.isnan(value):
                self._writer.add_scalar(name, value, int(row["step"]))
        self._writer.flush()

    def __enter__(self) -> EventFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
