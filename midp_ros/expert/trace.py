"""The expert for `trace`: towards the point ahead on the path, and back to the path; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation6

CLOSED_M = 0.0
CORRECTION_M = 0.01  # at most; the goal alone cuts corners by its distance squared over twice their radius


class TraceRule:
    """Go to the goal, shifted by as much as the tool is off the path."""

    def reset(self) -> None:
        """Nothing to forget."""

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, gripper closed."""
        offset_m = observed["path_position"] - tool.position_m
        offset_m = offset_m * min(1.0, CORRECTION_M / max(float(np.linalg.norm(offset_m)), CORRECTION_M))
        return Pose(observed["goal_position"] + offset_m, matrix_from_rotation6(observed["goal_rotation"])), CLOSED_M
