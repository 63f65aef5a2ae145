"""Which tool poses the arm can move to from its ready pose; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, InverseKinematics

LIMIT_ROOM_RAD = 0.15  # between a task's poses and the joint limits


class Reach:
    """Called with a tool pose: whether the arm can move there from its ready pose, with a margin to its joint limits.

    Attributes:
        inverse: from the ready pose alone, without restarts: the posture in which the arm arrives by moving there.
    """

    def __init__(self, model: ArmModel):
        self._profile = model.profile
        self.inverse = InverseKinematics(model, max_attempts=1, iterations=40)

    def __call__(self, tool: Pose) -> bool:
        solution = self.inverse.solve(tool)
        q, profile = solution.position_rad, self._profile
        room_rad = np.minimum(q - profile.position_min_rad, profile.position_max_rad - q).min()
        return solution.converged and bool(room_rad > LIMIT_ROOM_RAD)
