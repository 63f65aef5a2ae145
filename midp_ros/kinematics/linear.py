"""Small symmetric matrices by eigenpy, which takes a third of numpy's time for 6 by 6; imports core and eigenpy."""

from __future__ import annotations

import eigenpy

from midp_ros.core.arrays import Array


def solve_positive_definite(matrix: Array, right: Array) -> Array:
    """x (n,) in A x = b for a symmetric positive definite A (n, n), by its Cholesky factors."""
    solution: Array = eigenpy.LLT(matrix).solve(right)
    return solution


def is_positive_definite(matrix: Array) -> bool:
    """Whether a symmetric A (n, n) has Cholesky factors."""
    return bool(eigenpy.LLT(matrix).info() == eigenpy.ComputationInfo.Success)
