"""The few directions of observations and motions that depend on each other most; imports numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array

RIDGE = 1e-3  # of the largest variance of a direction: below, it is noise
SMALLEST_SPREAD = 1e-9


@dataclass(frozen=True)
class Projection:
    """Standardised values, projected.

    Attributes:
        mean, spread: of each column (columns,).
        directions: (columns, dimensions).
    """

    mean: Array
    spread: Array
    directions: Array

    def __call__(self, values: Array) -> Array:
        """Values (samples, columns) -> (samples, dimensions)."""
        projected: Array = (values - self.mean) / self.spread @ self.directions
        return projected


def canonical_projections(x: Array, y: Array, dimensions: int) -> tuple[Projection, Projection]:
    """Projections of both onto their most correlated directions: canonical correlation analysis (Hotelling 1936).

    Nearest neighbours need few dimensions. For Gaussians these directions carry the most mutual information,
    -1/2 log(1 - rho^2) each. Units and scales of the columns do not matter; constant columns are left out.

    Args:
        x: (samples, n).
        y: (samples, m).
        dimensions: at most.
    """
    (mean_x, spread_x, a), (mean_y, spread_y, b) = _standardised(x), _standardised(y)
    white_x, white_y = _whitening(a), _whitening(b)
    u, _, vt = np.linalg.svd(white_x @ (a.T @ b / len(a)) @ white_y)
    kept = min(dimensions, len(u), len(vt))
    return (
        Projection(mean_x, spread_x, white_x @ u[:, :kept]),
        Projection(mean_y, spread_y, white_y @ vt[:kept].T),
    )


def _standardised(values: Array) -> tuple[Array, Array, Array]:
    mean, spread = values.mean(axis=0), values.std(axis=0)
    constant = spread <= SMALLEST_SPREAD * np.maximum(np.abs(mean), np.finfo(float).tiny)
    spread = np.where(constant, np.inf, spread)
    return mean, spread, (values - mean) / spread


def _whitening(standardised: Array) -> Array:
    variances, directions = np.linalg.eigh(standardised.T @ standardised / len(standardised))
    least = max(RIDGE * float(variances.max(initial=0.0)), np.finfo(float).tiny)
    whitening: Array = directions / np.sqrt(np.maximum(variances, 0.0) + least) @ directions.T
    return whitening
