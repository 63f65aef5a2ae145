"""Which trainings there are, and what each is judged by; imports the study's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from midp_ros.reproduce.diffusion_imitation.extent import (
    ACTING,
    AVOID,
    BC,
    DIFFUSION,
    LEARNERS,
    MEDIUM,
    PICK,
    REACH,
    Extent,
)
from midp_ros.reproduce.diffusion_imitation.recipes import training as recipe
from midp_ros.reproduce.trials import FIRST_SEED, described

USUAL = (1.0,)


@dataclass(frozen=True)
class Case:
    """A training.

    Attributes:
        count: demonstrations from which is learned.
        factors: by which starts and goals are widened, when it is judged.
        mapped: whether the map of its judge's reward is kept.
    """

    task: str
    learner: str
    size: str
    count: int
    seed: int
    factors: tuple[float, ...] = USUAL
    mapped: bool = False

    @property
    def name(self) -> str:
        """Of its part."""
        return f"{self.task}-{self.learner}-{self.size}-{self.count}-{self.seed}"

    def settings(self, extent: Extent) -> dict[str, Any]:
        """All that its result depends on."""
        judged: dict[str, Any] = {"episodes": extent.episodes, "factors": list(self.factors)}
        if self.task == AVOID:
            judged |= {"scenes": extent.scenes, "draws": extent.draws}
        return {
            "task": self.task,
            "demonstrations": self.count,
            "held_out": extent.held_out,
            "first_held_out": self.most(extent),
            "first_seed": FIRST_SEED,
            **judged,
            "map": self.mapped,
            "training": described(self.training(extent)),
        }

    def training(self, extent: Extent) -> dict[str, Any]:
        """Its configuration, without name and data."""
        return recipe(self.learner, self.task, self.size, self.seed, extent)

    def most(self, extent: Extent) -> int:
        """Demonstrations of its task from which one learns at most: those after them are held out, for all alike."""
        return extent.shown if self.task == AVOID else max(dict(extent.by_count)[self.task])


def cases(extent: Extent) -> Sequence[Case]:
    """All of them, those of the first seed first."""
    found = []
    for seed in extent.seeds:
        for learner in LEARNERS:
            for count in extent.counts:
                if _learned(extent, learner, count, seed):
                    thorough = count == extent.base and seed in extent.thorough
                    # What is stopped before its end tells nothing from wider starts.
                    wide = thorough and learner not in extent.unfinished(REACH)
                    factors = extent.factors if wide else USUAL
                    found.append(Case(REACH, learner, MEDIUM, count, seed, factors, thorough and learner in ACTING))
        for learner in (DIFFUSION, BC):
            if seed in extent.thorough:
                others = [size for size in extent.sizes if size != MEDIUM]
                found += [Case(REACH, learner, size, extent.base, seed) for size in others]
            for count in extent.pick_counts:
                factors = extent.pick_factors if count == max(extent.pick_counts) else USUAL
                found.append(Case(PICK, learner, MEDIUM, count, seed, factors))
            if seed in extent.avoid_seeds:
                found.append(Case(AVOID, learner, MEDIUM, extent.shown, seed, extent.avoid_factors))
    if extent.avoid_acting:
        seed, factors = extent.seeds[0], extent.avoid_factors
        found += [Case(AVOID, learner, MEDIUM, extent.shown, seed, factors) for learner in ACTING]
    return found


def _learned(extent: Extent, learner: str, count: int, seed: int) -> bool:
    """Whether a learner learns from so many demonstrations with a seed."""
    if learner not in ACTING:
        return seed == extent.seeds[0] or count in extent.repeated
    with_all_seeds = count == extent.base and seed in extent.acting_seeds
    return count in extent.acting and (seed == extent.seeds[0] or with_all_seeds)
