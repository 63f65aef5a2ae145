"""Result of a run, kept in the repository as one small JSON file; imports core."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midp_ros.core.errors import FileFormatError
from midp_ros.experiment.json_file import read_json, write_json
from midp_ros.experiment.machine import Machine

CURVE_ROWS = 40
CPU, FLOAT32 = "CPU", "float32"


@dataclass(frozen=True)
class TrainingMachine(Machine):
    """A machine, with the device and the precision of a training; files from before there was a choice lack these."""

    device: str = CPU
    precision: str = FLOAT32


@dataclass(frozen=True)
class Result:
    """A finished run.

    Attributes:
        task, size, variant, seed: its place in the grid.
        config, overrides: the training configuration, plain data, and what it differs by from the task's.
        data_hash, demonstrations: SHA-256 of the demonstrations, and how many they were.
        parameters: of the policy.
        first_seed: of the evaluation's episodes.
        average, rewards: of the evaluation, and every episode's in order: the maximum reward, or success (0 or 1).
        curve: columns `step`, `denoising_error` and `bound` [nat] of the training; the bound may be None.
        steps_per_s, training_s, evaluation_s: of training; durations.
        machine: where it ran.
        version, date: of midp_ros; the day it ended.
        handover: of the evaluation; files from before there was a choice lack it.
    """

    task: str
    size: str
    variant: str
    seed: int
    config: dict[str, Any]
    overrides: tuple[str, ...]
    data_hash: str
    demonstrations: int
    parameters: int
    first_seed: int
    average: float
    rewards: tuple[float, ...]
    curve: dict[str, tuple[float | None, ...]]
    steps_per_s: float
    training_s: float
    evaluation_s: float
    machine: TrainingMachine
    version: str
    date: str
    handover: str = "auto"

    @property
    def trained_on(self) -> tuple[str, str]:
        """Device and precision of the training."""
        return self.machine.device, self.machine.precision

    @property
    def seconds(self) -> float:
        """Of training and evaluation."""
        return self.training_s + self.evaluation_s

    def write(self, path: Path) -> None:
        """Writes the file whole or not at all, one key a line."""
        write_json(path, self)

    @classmethod
    def read(cls, path: Path) -> Result:
        """The inverse of `write`; raises FileFormatError where the file is damaged or no result."""
        result = read_json(cls, path)
        if not result.rewards or len({len(column) for column in result.curve.values()}) != 1:
            raise FileFormatError(f"{path} is damaged: it has no rewards, or its curve's columns are not of one length")
        return result


def recordings(
    results: Iterable[Result], part_of: Callable[[str, int], str] = lambda variant, seed: ""
) -> dict[tuple[str, str, int, str], set[str]]:
    """Hashes of the demonstrations that the results of each task, size, seed and part were made with.

    Args:
        part_of: the demonstrations of a variant and seed; those of one name are to be the same.
    """
    found: dict[tuple[str, str, int, str], set[str]] = {}
    for r in results:
        found.setdefault((r.task, r.size, r.seed, part_of(r.variant, r.seed)), set()).add(r.data_hash)
    return found


def thinned(
    rows: list[dict[str, float]], columns: tuple[str, ...], count: int = CURVE_ROWS
) -> dict[str, tuple[float | None, ...]]:
    """At most `count` rows, each the mean of equally many consecutive ones and named by its last step.

    A mean that is not a number becomes None, as JSON has no other word for it.
    """
    size = max(1, math.ceil(len(rows) / count))
    groups = [rows[i : i + size] for i in range(0, len(rows), size)]
    means = {c: [sum(row[c] for row in group) / len(group) for group in groups] for c in columns}
    rounded = {c: tuple(float(f"{m:.4g}") if math.isfinite(m) else None for m in column) for c, column in means.items()}
    return {"step": tuple(int(group[-1]["step"]) for group in groups), **rounded}
