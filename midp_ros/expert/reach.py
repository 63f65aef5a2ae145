"""The expert for `reach`: straight to the goal; imports core."""

from __future__ import annotations

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation6


class ReachRule:
    """Go to the goal pose."""

    def reset(self) -> None:
        """Nothing to forget."""

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The observed goal, gripper open."""
        return Pose(observed["goal_position"], matrix_from_rotation6(observed["goal_rotation"])), 0.08
