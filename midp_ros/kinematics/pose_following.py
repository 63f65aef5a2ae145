"""Joint positions for a stream of tool poses, one step after another; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.kinematics.model import ArmModel

ITERATIONS = 2  # Newton steps from a guess that is 1e-5 rad off: each squares the error
LONGEST_STEP_RAD = 0.1  # in a millisecond; beyond, the pose cannot be followed, and the limits of the joints say so


class PoseFollower:
    """Newton's method on the tool's pose and, as the seventh equation, the elbow's joint.

    The elbow makes the solution unique, so that a smooth stream of poses gives smooth joint positions.
    """

    def __init__(self, model: ArmModel):
        self._model, elbow = model, model.profile.elbow
        self._elbow = None if elbow is None else elbow.position_joint - 1

    def follow(self, target: Pose, elbow_rad: float, guess_rad: Array) -> Array:
        """Joint positions (joints,) whose tool is at the target.

        Args:
            elbow_rad: position of the elbow's joint; without meaning for an arm without an elbow.
            guess_rad: close to them (joints,).
        """
        q = guess_rad
        for _ in range(ITERATIONS):
            error, jacobian = self._model.error_and_jacobian(q, target)
            if self._elbow is None:
                step = np.linalg.lstsq(jacobian, error, rcond=None)[0]
            else:
                row = np.zeros(jacobian.shape[1])
                row[self._elbow] = 1.0
                equations, right = np.vstack((jacobian, row)), np.append(error, elbow_rad - q[self._elbow])
                try:
                    step = np.linalg.solve(equations, right)
                except np.linalg.LinAlgError:  # a stretched arm
                    step = np.linalg.lstsq(equations, right, rcond=None)[0]
            longest = float(np.abs(step).max())
            q = q + step * min(1.0, LONGEST_STEP_RAD / max(longest, 1e-12))
            if longest > LONGEST_STEP_RAD:
                break
        return q
