"""Loss curves of others, reread: the end of each, values that no error can have, and whether two groups differ.

Imports core and numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError

LAST_STEPS = 100
GROUPS = ("with", "without")  # how a curve's file begins
MOST_SPLITS = 200_000  # of the curves into two groups: more are not counted one by one


@dataclass(frozen=True)
class Curve:
    """A training's loss.

    Attributes:
        end: mean of its last steps.
        negative: values below 0, which a mean squared error cannot have.
        steps: of the training.
    """

    name: str
    end: float
    negative: int
    steps: int


@dataclass(frozen=True)
class Reading:
    """Two groups of curves.

    Attributes:
        curves: by group.
        difference: of the groups' mean ends, with minus without.
        p_value: share of all splits into groups of these sizes whose difference is at least as large, in size.
    """

    curves: dict[str, list[Curve]]
    difference: float
    p_value: float

    @property
    def lines(self) -> list[str]:
        """What they show, for a person to read."""
        found = []
        for group, curves in self.curves.items():
            ends = ", ".join(f"{c.end:.4f}" for c in curves)
            found.append(f"{group}: {np.mean([c.end for c in curves]):.4f} ({ends})")
        found.append(f"difference, with - without: {self.difference:+.4f}, exact permutation p = {self.p_value:.3f}")
        for curve in (c for curves in self.curves.values() for c in curves if c.negative):
            share = f"{curve.negative} of {curve.steps} values are below 0"
            found.append(f"{curve.name}: {share}, so this is no squared error: a term was subtracted from it")
        return found


def read_curves(folder: Path, last_steps: int = LAST_STEPS) -> Reading:
    """Reads with*.csv|npy and without*.csv|npy: one curve each, the loss in the last column.

    Raises:
        FileFormatError: a group without curves, or a file that is no curve.
    """
    curves: dict[str, list[Curve]] = {group: [] for group in GROUPS}
    for path in sorted(p for p in folder.glob("*") if p.suffix in (".csv", ".npy")):
        group = next((g for g in reversed(GROUPS) if path.name.startswith(g)), None)
        if group:
            curves[group].append(_curve(path, last_steps))
    for group, found in curves.items():
        if not found:
            raise FileFormatError(f"{folder} holds no curve {group}*.csv or {group}*.npy")
    ends = [[c.end for c in found] for found in curves.values()]
    difference = float(np.mean(ends[0]) - np.mean(ends[1]))
    return Reading(curves, difference, permutation_p(*ends))


def permutation_p(first: Sequence[float], second: Sequence[float]) -> float:
    """Share of the splits of all values into groups of these sizes that differ in their means by as much, two-sided."""
    values = np.array([*first, *second])
    observed = abs(np.mean(first) - np.mean(second))
    chosen = np.array(list(_some(combinations(range(len(values)), len(first)))))
    inside = values[chosen].sum(1)
    means = inside / len(first) - (values.sum() - inside) / len(second)
    return float(np.mean(np.abs(means) >= observed * (1 - 1e-12)))


def _some(splits: combinations[tuple[int, ...]]) -> list[tuple[int, ...]]:
    found = [split for split, _ in zip(splits, range(MOST_SPLITS + 1), strict=False)]
    if len(found) > MOST_SPLITS:
        raise FileFormatError(f"more than {MOST_SPLITS} splits: a permutation test of so many curves is not exact")
    return found


def _curve(path: Path, last_steps: int) -> Curve:
    try:
        table: Array = np.load(path) if path.suffix == ".npy" else np.genfromtxt(path, delimiter=",")
        loss = np.asarray(table, float).reshape(len(table), -1)[:, -1]
    except (OSError, ValueError, TypeError) as e:
        raise FileFormatError(f"{path} is no loss curve: {str(e).splitlines()[0]}") from None
    loss = loss[np.isfinite(loss)]  # a CSV file's headings are NaN
    if not len(loss):
        raise FileFormatError(f"{path} is no loss curve: no number in its last column")
    return Curve(path.name, float(loss[-last_steps:].mean()), int((loss < 0).sum()), len(loss))
