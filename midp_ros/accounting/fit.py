"""A set of episodes, fitted so that the steps of any episode can be judged against it; imports core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midp_ros.accounting.canonical import Projection, canonical_projections
from midp_ros.accounting.nearest_neighbours import NEIGHBOURS, contributions, distances
from midp_ros.accounting.pairs import pairs
from midp_ros.accounting.score import Score
from midp_ros.core.arrays import Array
from midp_ros.core.episode import Episode

# By measurement, docs/accountant.md: one step shows trembling, a longer chunk hesitation and detours.
CHUNKS_STEPS = (1, 4)
DIMENSIONS = 3  # of observations and of motions; more need more samples
PARTS = 5  # of the set, whose disagreement is the score's error


class Fit:
    """Projections and samples of the set's steps, one of each for each length of chunk."""

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
    """The set's steps with one length of chunk.

    Attributes:
        x, y: projected observations and motions (steps, dimensions).
        group: number of the episode of each (steps,).
    """

    chunk_steps: int
    project_x: Projection
    project_y: Projection
    x: Array
    y: Array
    group: NDArray[np.intp]

    @classmethod
    def of(cls, episodes: Sequence[Episode], group: NDArray[np.intp], chunk_steps: int) -> _Space:
        x, y = (np.concatenate(part) for part in zip(*(pairs(e, chunk_steps) for e in episodes), strict=True))
        project_x, project_y = canonical_projections(x, y, DIMENSIONS)
        return cls(chunk_steps, project_x, project_y, project_x(x), project_y(y), group)

    def judged(self, episode: Episode, number: int) -> tuple[float, Array]:
        """Mean contribution of the episode's steps [nat], and the same by each part, NaN by one that is too small."""
        others = self.group != number
        x, y = self.x[~others], self.y[~others]
        if not len(x):
            x, y = pairs(episode, self.chunk_steps)
            x, y = self.project_x(x), self.project_y(y)
        distance_x, distance_y = distances(x, self.x[others]), distances(y, self.y[others])
        means, part = np.full(PARTS, np.nan), self.group[others] % PARTS
        for i in range(PARTS):
            if np.count_nonzero(own := part == i) > max(NEIGHBOURS):
                means[i] = contributions(distance_x[:, own], distance_y[:, own]).mean()
        return float(contributions(distance_x, distance_y).mean()), means
