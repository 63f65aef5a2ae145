"""Result of a run, kept in the repository as one small JSON file; imports core."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_text

CURVE_ROWS = 40
CPU, FLOAT32 = "CPU", "float32"


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
        machine: where it ran, with the training's `device` and `precision`; older files lack these two.
        version, date: of midp_ros; the day it ended.
    """

    task: str
    size: str
    variant: str
    seed: int
    config: dict[str, Any]
    overrides: list[str]
    data_hash: str
    demonstrations: int
    parameters: int
    first_seed: int
    average: float
    rewards: list[float]
    curve: dict[str, list[Any]]
    steps_per_s: float
    training_s: float
    evaluation_s: float
    machine: dict[str, Any]
    version: str
    date: str

    @property
    def trained_on(self) -> tuple[str, str]:
        """Device and precision of the training; files that lack them are from before there was a choice."""
        return self.machine.get("device", CPU), self.machine.get("precision", FLOAT32)

    @property
    def seconds(self) -> float:
        """Of training and evaluation."""
        return self.training_s + self.evaluation_s

    def write(self, path: Path) -> None:
        """Writes the file whole or not at all, one key a line."""
        lines = (f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in asdict(self).items())
        write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")

    @classmethod
    def read(cls, path: Path) -> Result:
        """The inverse of `write`; raises FileFormatError where the file is damaged or no result."""
        try:
            data = json.loads(path.read_text())
            result = cls(**{f.name: data[f.name] for f in fields(cls)})
            rewards = [float(r) for r in result.rewards]
            whole = rewards and all(map(math.isfinite, rewards)) and len({len(c) for c in result.curve.values()}) == 1
        except KeyError as e:
            raise FileFormatError(f"{path} is damaged: it lacks {e}") from None
        except (OSError, ValueError, TypeError, AttributeError) as e:
            raise FileFormatError(f"{path} is damaged: {e}") from None
        if not whole:
            raise FileFormatError(f"{path} is damaged: its rewards or its curve are no numbers")
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


def thinned(rows: list[dict[str, float]], columns: tuple[str, ...], count: int = CURVE_ROWS) -> dict[str, list[Any]]:
    """At most `count` rows, each the mean of equally many consecutive ones and named by its last step.

    A mean that is not a number becomes None, as JSON has no other word for it.
    """
    size = max(1, math.ceil(len(rows) / count))
    groups = [rows[i : i + size] for i in range(0, len(rows), size)]
    means = {c: [sum(row[c] for row in group) / len(group) for group in groups] for c in columns}
    rounded = {c: [float(f"{m:.4g}") if math.isfinite(m) else None for m in column] for c, column in means.items()}
    return {"step": [int(group[-1]["step"]) for group in groups], **rounded}
