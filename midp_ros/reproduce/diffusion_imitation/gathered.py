"""The results by learner, demonstrations and seed; imports the study's files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.reproduce.diffusion_imitation.extent import AVOID, MEDIUM
from midp_ros.reproduce.study import Results

BySeed = dict[int, dict[str, Any]]


def trainings(results: Results, task: str, learner: str, count: int, size: str = MEDIUM) -> BySeed:
    """A learner's results by seed; those that are not done are missing."""
    begins = f"{task}-{learner}-{size}-{count}-"
    return {int(name.removeprefix(begins)): one for name, one in results.items() if name.startswith(begins)}


def success(
    results: Results, task: str, learner: str, count: int, factor: float = 1.0, size: str = MEDIUM
) -> dict[int, list[float]]:
    """Success in each episode, by seed."""
    found, key = trainings(results, task, learner, count, size), f"{factor:g}"
    return {seed: one["success"][key] for seed, one in found.items() if key in one["success"]}


def errors_mm(results: Results, task: str, learner: str, count: int, size: str = MEDIUM) -> dict[int, list[float]]:
    """Error in each held-out demonstration, by seed."""
    return {seed: one["error_mm"] for seed, one in trainings(results, task, learner, count, size).items()}


def by_factor(
    results: Results, task: str, learner: str, count: int, factors: Sequence[float]
) -> list[dict[int, list[float]]]:
    """Success in each episode, by seed, for each factor: of the seeds that were judged for all of them."""
    found = [success(results, task, learner, count, factor) for factor in factors]
    seeds = set.intersection(*map(set, found))
    return [{seed: one[seed] for seed in sorted(seeds)} for one in found]


def stacked(by_seed: dict[int, list[float]]) -> Array:
    """Values (seeds, episodes)."""
    return np.array([by_seed[seed] for seed in sorted(by_seed)], float)


def learned(results: Results, task: str, learner: str, counts: Sequence[int]) -> list[int]:
    """The numbers of demonstrations that it has learned from."""
    return [count for count in counts if trainings(results, task, learner, count)]


def mean_of(parts: Sequence[dict[int, list[float]]]) -> dict[int, list[float]]:
    """The mean of several values of each episode, of the seeds that all of them have."""
    seeds = set.intersection(*(set(part) for part in parts)) if parts else set()
    return {seed: np.mean([part[seed] for part in parts], axis=0).tolist() for seed in seeds}


def both_sides(results: Results, learner: str, count: int) -> dict[int, list[float]]:
    """For each scene of `avoid`, by seed: whether both ways past the post were taken, with success."""
    found = trainings(results, AVOID, learner, count)
    return {s: [float({"left", "right"} <= set(scene)) for scene in one["in_scenes"]] for s, one in found.items()}


def passed(results: Results, learner: str, count: int, side: str) -> dict[int, list[float]]:
    """For each episode of `avoid`, by seed: whether the post was passed on this side."""
    found = trainings(results, AVOID, learner, count)
    return {seed: [float(taken == side) for taken in one["sides"]] for seed, one in found.items()}
