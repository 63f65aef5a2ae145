"""Each sample's share in a mutual information, estimated by nearest neighbours; imports numpy and scipy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from midp_ros.core.arrays import Array

NEIGHBOURS = (5, 6, 7)  # averaged, as Hejna et al. 2025 do


def distances(points: Array, others: Array) -> Array:
    """Largest coordinate's differences (len(points), len(others)) of points (n, dimensions) to others."""
    found = np.zeros((len(points), len(others)))
    for column, other in zip(points.T, others.T, strict=True):
        np.maximum(found, np.abs(column[:, None] - other), out=found)
    return found


def contributions(distance_x: Array, distance_y: Array) -> Array:
    """Estimates of the pointwise mutual information log p(x, y) / (p(x) p(y)) [nat] (samples,).

    Kraskov, Stoegbauer and Grassberger 2004, equation 8: with r the distance to the k-th neighbour in the joint space
    and n_x, n_y the numbers of samples nearer than r in each,

        psi(k) + psi(N) - psi(n_x + 1) - psi(n_y + 1).

    Repeated samples (r = 0) count as Gao et al. 2017 count them, so discrete values do no harm. Which samples are
    neighbours is the caller's choice: consecutive steps of one episode resemble each other, whatever the demonstrator
    does, so an episode is compared with others alone.

    Args:
        distance_x, distance_y: of each sample (rows) to those that it is compared with (columns).

    Raises:
        ValueError: no more samples to compare with than neighbours.
    """
    others = distance_x.shape[1]
    if others <= max(NEIGHBOURS):
        raise ValueError(f"{others} samples to compare with; need more than {max(NEIGHBOURS)}")
    joint = np.maximum(distance_x, distance_y)
    nearest = np.partition(joint, [k - 1 for k in NEIGHBOURS], axis=1)
    found = np.zeros(len(joint))
    for k in NEIGHBOURS:
        radius = nearest[:, k - 1, None]
        n_x, n_y = _count(distance_x < radius), _count(distance_y < radius)
        repeated = radius[:, 0] == 0
        neighbours = np.full(len(joint), k)
        if repeated.any():  # the numbers of equal values replace those of nearer ones
            n_x, n_y, neighbours = (
                np.where(repeated, _count(distance == 0) - less, number)
                for distance, less, number in ((distance_x, 1, n_x), (distance_y, 1, n_y), (joint, 0, neighbours))
            )
        found += digamma(neighbours) + digamma(others) - digamma(n_x + 1) - digamma(n_y + 1)
    return found / len(NEIGHBOURS)


def _count(which: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.count_nonzero(which, axis=1)
