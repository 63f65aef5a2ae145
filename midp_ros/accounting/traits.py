"""Traits of an episode by which a person recognises a bad one; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.accounting.pairs import pairs
from midp_ros.core.arrays import Array
from midp_ros.core.episode import Episode

IDLE_SHARE = 0.1  # of the set's brisk motion; slower is idle
BRISK_QUANTILE = 0.9
POINTS = 10  # of an episode that are compared with another's
SHORTEST_WAY = 0.3  # of the set's median way from start to end: a ratio to a shorter one says nothing


@dataclass(frozen=True)
class Scale:
    """A set of episodes, measured: the scales of its motion and its starts.

    Attributes:
        brisk: by action entry, the size of a brisk step.
        way: the median distance from start to end of the first action entry.
        mean, spread: of the observations (n,).
        starts: first observations, standardised (episodes, n).
        courses: observations and motions at POINTS steps of each episode, standardised (episodes, points * m).
    """

    brisk: tuple[float, ...]
    way: float
    mean: Array
    spread: Array
    starts: Array
    courses: Array

    @classmethod
    def of(cls, episodes: Sequence[Episode]) -> Scale:
        """Measures a set."""
        sizes = zip(*(_step_sizes(e) for e in episodes), strict=True)
        brisk = tuple(float(np.quantile(np.append(0.0, np.concatenate(size)), BRISK_QUANTILE)) for size in sizes)
        way = float(np.median([np.linalg.norm(p[-1] - p[0]) for p in map(_course, episodes)]))
        seen = np.concatenate([_seen(e) for e in episodes])
        mean, spread = seen.mean(axis=0), seen.std(axis=0)
        spread = np.where(spread > 1e-9 * np.maximum(np.abs(mean), 1e-12), spread, np.inf)
        standard = [(_seen(e) - mean) / spread for e in episodes]
        courses = [s[_points(len(s))].ravel() for s in standard]
        return cls(brisk, way, mean, spread, np.stack([s[0] for s in standard]), np.stack(courses))


@dataclass(frozen=True)
class Traits:
    """An episode's.

    Attributes:
        idle_s: time in which no action entry moves.
        shake: how much consecutive steps of the first action entry differ, as a share of the brisk step.
        detour: length of its way, as a multiple of the straight one.
        start: distance of its start from the nearest other one, in standard deviations.
        twin: root mean square distance from the nearest other episode, in standard deviations.
        nearest: number of that episode.
        duration_s: from first to last step.
    """

    idle_s: float
    shake: float
    detour: float
    start: float
    twin: float
    nearest: int
    duration_s: float

    @classmethod
    def of(cls, episode: Episode, scale: Scale, number: int = -1) -> Traits:
        """Measures an episode; `number` is its own in the set, -1 where it is not in it."""
        sizes = _step_sizes(episode)
        moving = np.any([s > IDLE_SHARE * b for s, b in zip(sizes, scale.brisk, strict=True)], axis=0)
        course = _course(episode)
        steps = np.diff(course, axis=0)
        brisk = max(float(scale.brisk[0]), float(np.finfo(float).tiny))
        changes = np.diff(steps, axis=0)
        shake = float(np.sqrt((changes**2).sum(axis=1).mean())) / brisk if len(changes) else 0.0
        direct, least = float(np.linalg.norm(course[-1] - course[0])), float(np.finfo(float).tiny)
        straight = max(direct, SHORTEST_WAY * scale.way, least)
        standard = (_seen(episode) - scale.mean) / scale.spread
        start, _ = _nearest(standard[0], scale.starts, number)
        twin, nearest = _nearest(standard[_points(len(standard))].ravel(), scale.courses, number)
        step_s = episode.contract.step_s
        return cls(
            idle_s=float((~moving).sum()) * step_s,
            shake=shake,
            detour=float(np.linalg.norm(steps, axis=1).sum()) / straight,
            start=start,
            twin=twin,
            nearest=nearest,
            duration_s=len(episode) * step_s,
        )


def _step_sizes(episode: Episode) -> list[Array]:
    """By action entry, how far each step's command (steps - 1,) is from the one before."""
    slices = episode.contract.action_slices.values()
    return [np.linalg.norm(np.diff(episode.action[:, place], axis=0), axis=1) for place in slices]


def _course(episode: Episode) -> Array:
    """Commanded values (steps, size) of the first action entry, which is the arm's."""
    course: Array = episode.action[:, next(iter(episode.contract.action_slices.values()))]
    return course


def _seen(episode: Episode) -> Array:
    return np.hstack(pairs(episode, 1))


def _points(steps: int) -> Array:
    return np.linspace(0, steps - 1, POINTS).round().astype(np.intp)


def _nearest(value: Array, others: Array, left_out: int) -> tuple[float, int]:
    """Root mean square distance to the nearest of the others, and its number; infinite without others."""
    distance = np.sqrt(((others - value) ** 2).mean(axis=1))
    if left_out >= 0:
        distance[left_out] = np.inf
    nearest = int(np.argmin(distance))
    return float(distance[nearest]), nearest
