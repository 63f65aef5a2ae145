"""metrics.csv of a training run: written row by row, and readable after a power cut in mid-row.

Imports core and the training's metrics.
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from midp_ros.core.errors import OutputError
from midp_ros.core.files.output import write_text
from midp_ros.learning.training import StepMetrics

HELD_OUT = "held_out_error"
COLUMNS = (*(f.name for f in fields(StepMetrics)), HELD_OUT, "steps_per_s")


class MetricsFile:
    """One row per `every` steps, each value the mean over those that have it; the held-out error is the last step's.

    Args:
        resume_at: step of the checkpoint that the run resumes from; later rows are dropped, for they will come again.

    Attributes:
        damaged: rows that could not be read and were dropped.

    Raises:
        OutputError: the disk is full, or refuses.
    """

    def __init__(self, path: Path, every: int, resume_at: int):
        self.path, self.every = path, every
        rows, self.damaged = read_rows(path) if resume_at and path.exists() else ([], 0)
        text = io.StringIO(newline="")
        # Other versions have other columns.
        writer = csv.DictWriter(text, COLUMNS, restval="nan", extrasaction="ignore")
        writer.writeheader()
        writer.writerows({**row, "step": int(row["step"])} for row in rows if row["step"] <= resume_at)
        write_text(path, text.getvalue())
        self._steps: list[StepMetrics] = []
        self._since = time.perf_counter()

    def add(self, metrics: StepMetrics) -> bool:
        """Takes one step's metrics; returns whether a row is complete."""
        self._steps.append(metrics)
        return metrics.step % self.every == 0

    def end_row(self, held_out_error: float = math.nan) -> dict[str, float]:
        """Writes the row of the steps since the last one, and returns it."""
        count = len(self._steps)
        row = {name: _mean([getattr(m, name) for m in self._steps]) for name in COLUMNS[1 : COLUMNS.index(HELD_OUT)]}
        row = {"step": self._steps[-1].step, **row, HELD_OUT: held_out_error}
        row["steps_per_s"] = count / (time.perf_counter() - self._since)
        try:
            with open(self.path, "a", newline="") as file:
                csv.DictWriter(file, COLUMNS).writerow({k: f"{v:.6g}" if k != "step" else v for k, v in row.items()})
        except OSError as e:
            raise OutputError(f"cannot write {self.path}: {e.strerror or e}") from None
        self._steps, self._since = [], time.perf_counter()
        return row


def _mean(values: Sequence[float]) -> float:
    """Of those that are known: a step may have drawn no sample for a regulariser. NaN where none is."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def read_metrics(path: Path) -> list[dict[str, float]]:
    """The rows of a metrics.csv that can be read."""
    return read_rows(path)[0]


def read_rows(path: Path) -> tuple[list[dict[str, float]], int]:
    """The rows of a metrics.csv, and how many lines are not one: cut off by a full disk or a power cut."""
    lines = path.read_bytes().decode(errors="replace").splitlines()
    names = lines[0].split(",") if lines else []
    rows = [_row(names, line) for line in lines[1:]]
    kept = [row for row in rows if row is not None]
    return kept, len(rows) - len(kept)


def _row(names: list[str], line: str) -> dict[str, float] | None:
    try:
        row = dict(zip(names, map(float, line.split(",")), strict=True))
    except ValueError:
        return None
    return row if math.isfinite(row.get("step", math.nan)) else None
