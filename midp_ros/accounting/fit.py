"""A set of episodes, fitted so that the steps of any episode can be judged against it; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midp_ros.accounting.canonical import Projection, canonical_projections
from midp_ros.accounting.nearest_neighbours import NEIGHBOURS, Samples
from midp_ros.accounting.pairs import pairs
from midp_ros.accounting.score import Score
from midp_ros.core.arrays import Array
from midp_ros.core.episode import Episode

# By measurement, docs/accountant.md: one step shows trembling, a longer chunk hesitation and detours.
CHUNKS_STEPS = (1, 4)
DIMENSIONS = 3  # of observations and of motions; more need more samples
PARTS = 5  # of the set, whose disagreement is the score's error


class Fit:
    """Projections and neighbours of the set's steps, one of each for each length of chunk."""

    def __init__(self, episodes: Sequence[Episode]):
        group = np.repeat(np.arange(len(episodes)), [len(e) for e in episodes])
        self._spaces = [_Space.of(episodes, group, steps) for steps in CHUNKS_STEPS]

    def score(self, episode: Episode, number: int = -1) -> Score:
        """How much an episode teaches.

        Args:
            number: of the episode in the set; -1 for one that is not in it.
        """
        found = [space.judged(episode, number) for space in self._spaces]
        parts = np.mean([parts for _, parts in found], axis=0)
        return Score.of(float(np.mean([mean for mean, _ in found])), parts[np.isfinite(parts)])


@dataclass(frozen=True)
class _Space:
    """The set's steps with one length of chunk, whole and in disjoint parts."""

    chunk_steps: int
    project_x: Projection
    project_y: Projection
    whole: Samples
    parts: tuple[Samples, ...]

    @classmethod
    def of(cls, episodes: Sequence[Episode], group: NDArray[np.intp], chunk_steps: int) -> _Space:
        x, y = (np.concatenate(part) for part in zip(*(pairs(e, chunk_steps) for e in episodes), strict=True))
        project_x, project_y = canonical_projections(x, y, DIMENSIONS)
        x, y = project_x(x), project_y(y)
        parts = (group % PARTS == part for part in range(PARTS))
        split = tuple(Samples(x[own], y[own], group[own]) for own in parts if own.any())
        return cls(chunk_steps, project_x, project_y, Samples(x, y, group), split)

    def judged(self, episode: Episode, number: int) -> tuple[float, Array]:
        """Mean contribution of the episode's steps [nat], and the same by each part, NaN by one that is too small."""
        x, y = pairs(episode, self.chunk_steps)
        x, y = self.project_x(x), self.project_y(y)
        means = [
            float(part.contributions(x, y, number).mean()) if part.others(number) > max(NEIGHBOURS) else np.nan
            for part in (self.whole, *self.parts)
        ]
        return means[0], np.array(means[1:])
