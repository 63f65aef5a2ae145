"""Each sample's share in a mutual information, estimated by nearest neighbours; imports numpy and scipy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import digamma

from midp_ros.core.arrays import Array

NEIGHBOURS = (5, 6, 7)  # averaged, as Hejna et al. 2025 do


class Samples:
    """Pairs (x, y) to compare with, in groups: the episodes.

    Args:
        x, y: (samples, dimensions) each.
        group: (samples,) the episode of each, 0 or more.
    """

    def __init__(self, x: Array, y: Array, group: NDArray[np.intp]):
        self.group = group
        self._x, self._y, self._both = _Space(x), _Space(y), _Space(np.hstack([x, y]))

    def __len__(self) -> int:
        return len(self.group)

    def others(self, group: int) -> int:
        """Number of samples of other groups."""
        return int((self.group != group).sum())

    def contributions(self, x: Array, y: Array, group: int = -1) -> Array:
        """Estimates of the pointwise mutual information log p(x, y) / (p(x) p(y)) [nat] (len(x),).

        Kraskov, Stoegbauer and Grassberger 2004, equation 8: with r the distance to the k-th neighbour in the joint
        space and n_x, n_y the numbers of samples nearer than r in each,

            psi(k) + psi(N) - psi(n_x + 1) - psi(n_y + 1).

        Samples of the same group are no neighbours: consecutive steps of one episode resemble each other, whatever the
        demonstrator does. Repeated samples (r = 0) count as Gao et al. 2017 count them, so discrete values do no harm.

        Args:
            x, y: the samples to judge, all of one group.
            group: theirs; -1, the default, is none of those compared with.

        Raises:
            ValueError: no more samples of other groups than neighbours.
        """
        both = np.hstack([x, y])
        own = np.flatnonzero(self.group == group)
        others = self.others(group)
        if others <= max(NEIGHBOURS):
            raise ValueError(f"{others} samples to compare with; need more than {max(NEIGHBOURS)}")
        radii = self._both.distances(both, own)
        repeated = self._both.counts(both, own, np.zeros(len(x)))
        found = np.zeros(len(x))
        for k, radius in zip(NEIGHBOURS, radii.T, strict=True):
            tied = radius == 0
            nearer = np.where(tied, 0.0, np.nextafter(radius, 0.0))
            n_x, n_y = (
                np.where(tied, n, n + 1)
                for n in (self._x.counts(x, own, nearer), self._y.counts(y, own, nearer))
            )  # fmt: skip
            found += digamma(np.where(tied, repeated, k)) + digamma(others) - digamma(n_x) - digamma(n_y)
        return found / len(NEIGHBOURS)


class _Space:
    """Points with the largest coordinate's difference as distance."""

    def __init__(self, points: Array):
        self._points, self._tree = points, cKDTree(points)

    def counts(self, points: Array, left_out: NDArray[np.intp], radius: Array) -> NDArray[np.intp]:
        """How many of those that are not left out lie within each point's radius, its rim included."""
        found = self._tree.query_ball_point(points, radius, p=np.inf, return_length=True)
        counted: NDArray[np.intp] = found - (_distances(points, self._points[left_out]) <= radius[:, None]).sum(axis=1)
        return counted

    def distances(self, points: Array, left_out: NDArray[np.intp]) -> Array:
        """Distances (len(points), len(NEIGHBOURS)) to the NEIGHBOURS among those that are not left out."""
        wanted = max(NEIGHBOURS) + len(left_out)
        distance, index = self._tree.query(points, wanted, p=np.inf)
        distance[np.isin(index, left_out)] = np.inf
        distance.sort(axis=1)
        nearest: Array = distance[:, [k - 1 for k in NEIGHBOURS]]
        return nearest


def _distances(a: Array, b: Array) -> Array:
    found: Array = np.abs(a[:, None] - b[None]).max(axis=-1, initial=0.0)
    return found
