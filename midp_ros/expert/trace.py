"""The expert for `trace`: towards the point ahead on the path, and back to the path; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation6

CLOSED_M = 0.0
CORRECTION_M = 0.01  # at most; the goal alone cuts corners by its distance squared over twice their radius
LED_AHEAD, LED_CORRECTION = 0.6, 2.5


class TraceRule:
    """Go to the goal, shifted by as much as the tool is off the path."""

    def reset(self) -> None:
        """Nothing to forget."""

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, gripper closed."""
        return _back_to_path(observed["goal_position"], observed, tool, 1.0)

    def led(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """As `goal`, for a hand. The arm gives way late, and cuts corners by that: so a person looks less far ahead and
        returns to the line more firmly."""
        path_m = observed["path_position"]
        ahead_m = path_m + LED_AHEAD * (observed["goal_position"] - path_m)
        return _back_to_path(ahead_m, observed, tool, LED_CORRECTION)


def _back_to_path(aim_m: Array, observed: dict[str, Array], tool: Pose, correction: float) -> tuple[Pose, float]:
    """An aim (3,) [m], shifted by a multiple of what the tool is off the path."""
    offset_m = correction * (observed["path_position"] - tool.position_m)
    offset_m = offset_m * min(1.0, CORRECTION_M / max(float(np.linalg.norm(offset_m)), CORRECTION_M))
    return Pose(aim_m + offset_m, matrix_from_rotation6(observed["goal_rotation"])), CLOSED_M
