"""The experiment's results by task, size and variant; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.core.bootstrap import Estimate, estimate
from midp_ros.experiment.config import Experiment
from midp_ros.experiment.result import Result


@dataclass(frozen=True)
class Cell:
    """A variant at a size, over its training seeds.

    Attributes:
        results: of the finished seeds, in the experiment's order.
        reward: average reward; None without a result.
        difference: to the baseline, paired by training seed and episode; None for the baseline itself, and where no
            seed has both of the same demonstrations (or of the parts of them that the variants are about).
    """

    task: str
    size: str
    variant: str
    results: tuple[Result, ...]
    reward: Estimate | None
    difference: Estimate | None


def cells_of(experiment: Experiment, results: Sequence[Result]) -> list[Cell]:
    """Every cell of the grid, in the experiment's order, empty ones too."""
    by_place = {(r.task, r.size, r.variant, r.seed): r for r in results}
    return [
        _cell(experiment, by_place, task, size, variant)
        for task, settings in experiment.tasks.items()
        for size in settings.sizes
        for variant in settings.variants
    ]


def _cell(
    experiment: Experiment, results: dict[tuple[str, str, str, int], Result], task: str, size: str, variant: str
) -> Cell:
    found = {s: r for s in experiment.tasks[task].seeds if (r := results.get((task, size, variant, s)))}
    base = {s: r for s in found if (r := results.get((task, size, experiment.baseline, s)))}
    part, of_base = experiment.variants[variant].part, experiment.variants[experiment.baseline].part
    alike = {s: r for s, r in base.items() if r.data_hash == found[s].data_hash or part != of_base}
    compared = alike if variant != experiment.baseline else {}
    rewards = [found[s].rewards for s in found]
    differences = [np.subtract(found[s].rewards, compared[s].rewards) for s in compared]
    return Cell(
        task,
        size,
        variant,
        tuple(found.values()),
        estimate(np.array(rewards)) if rewards else None,
        estimate(np.array(differences)) if differences else None,
    )
