"""From a drawing to a path in the arm's workspace; imports core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import matrix_from_rotation_vector, tool_down

# Where a path may lie in the base frame [m]; the task asks the kinematics for the rest.
LOW_M, HIGH_M = np.array([0.28, -0.40, 0.02]), np.array([0.75, 0.40, 0.60])
CENTRE_M = (0.50, 0.0)  # of a drawing
SHORTEST_M, LONGEST_M = 0.03, 10.0
SCALES, SHIFT_M, RISE_M = (0.7, 1.15), 0.06, 0.05  # of a varied path


class DrawingError(MidpError):
    """A drawing that the arm cannot follow."""


@dataclass(frozen=True)
class Placement:
    """Size, height and tool orientation of a drawing.

    Seen from behind the arm, the drawing's top points away from it and its right is the arm's right. A path in three
    dimensions is already placed: it keeps its points.

    Attributes:
        size_m: of the drawing's longer edge [m].
        height_m: of the tool over the base's plane [m].
        yaw_rad: of the tool about the vertical.
        tilt_rad: of the tool about the base's y axis: forward, away from the arm.
        varied: each episode's seed draws another scale, turn and place.
    """

    size_m: float = 0.20
    height_m: float = 0.15
    yaw_rad: float = 0.0
    tilt_rad: float = 0.0
    varied: bool = False

    @property
    def rotation(self) -> Array:
        """Of the tool in the base frame (3, 3)."""
        tilt = matrix_from_rotation_vector([0.0, -self.tilt_rad, 0.0])
        return tilt @ tool_down(self.yaw_rad)

    def place(self, points: Array) -> Array:
        """Points (points, 3) in the base frame [m] of a drawing (points, 2), or of a path (points, 3).

        Raises:
            DrawingError: fewer than two different points, numbers that are none, or points outside the workspace.
        """
        wrong = np.flatnonzero(~np.isfinite(points).all(axis=1))
        if len(wrong):
            raise DrawingError(f"point {wrong[0] + 1} of {len(points)} is no number: {points[wrong[0]].tolist()}")
        extent = np.ptp(points, axis=0).max() if len(points) else 0.0
        if not extent > 0.0:
            raise DrawingError(f"it is a single point (of {len(points)} given); a path needs two different ones")
        placed = points if points.shape[1] == 3 else self._scaled(points, float(extent))
        _check(placed)
        return placed

    def _scaled(self, points: Array, extent: float) -> Array:
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        right, up = ((points - middle) * (self.size_m / extent)).T
        x, y = CENTRE_M
        return np.column_stack([x + up, y - right, np.full(len(points), self.height_m)])


def vary(points_m: Array, rng: np.random.Generator) -> Array:
    """The path (points, 3) in another scale, turn about the vertical, and place."""
    middle = (points_m.min(axis=0) + points_m.max(axis=0)) / 2
    angle, scale = rng.uniform(-np.pi, np.pi), rng.uniform(*SCALES)
    turn = matrix_from_rotation_vector([0.0, 0.0, angle])
    shift = rng.uniform([-SHIFT_M, -SHIFT_M, 0.0], [SHIFT_M, SHIFT_M, RISE_M])
    return (points_m - middle) @ (scale * turn.T) + middle + shift


def _check(points_m: Array) -> None:
    outside = np.flatnonzero(((points_m < LOW_M - 1e-9) | (points_m > HIGH_M + 1e-9)).any(axis=1))
    if len(outside):
        ranges = ", ".join(f"{n} {low:g} to {high:g}" for n, low, high in zip("xyz", LOW_M, HIGH_M, strict=True))
        place = ", ".join(f"{v:.3f}" for v in points_m[outside[0]])
        raise DrawingError(
            f"{len(outside)} of {len(points_m)} points are outside the workspace ({ranges} m), the first at ({place}) "
            "m: choose a smaller size or another height"
        )
    length_m = float(np.linalg.norm(np.diff(points_m, axis=0), axis=1).sum())
    if not SHORTEST_M <= length_m <= LONGEST_M:
        raise DrawingError(f"it is {length_m:.3f} m long; {SHORTEST_M:g} to {LONGEST_M:g} m are allowed")
