"""Reach: whether the arm gets the tool to a pose, and smaller commands where it does not; imports core and kinematics.

A command goes on only as far as the tool can stop within reach: a target beyond it would pull the tool aside.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.kinematics.model import ArmModel
from midp_ros.teleop.tool_reference import REST, Command, Drive

SHARES = (0.5, 0.25, 0.1)
MARGIN_RAD = 0.03  # to the ends of the joints' ranges
ITERATIONS, MET = 8, 2e-3  # [m or rad] of tool error
DAMPING = 1e-4 * np.eye(6)
SPEED_FRACTION = 0.7  # of the joints' speed limits, which are lower towards the ends of their ranges


def reduced(command: Command) -> Iterator[Command]:
    """A command, then smaller ones: shares of its velocity, and at last rest."""
    if command is not REST:
        yield command
        if isinstance(command, Drive):
            for share in SHARES:
                yield Drive(share * command.linear_m_s, share * command.angular_rad_s)
    yield REST


class Reach:
    """Judges tool poses by differential inverse kinematics from the present joints."""

    def __init__(self, model: ArmModel):
        self._model, profile = model, model.profile
        self._low_rad, self._high_rad = profile.position_min_rad + MARGIN_RAD, profile.position_max_rad - MARGIN_RAD
        self._profile = profile

    def reaches(self, tool: Pose, joints_rad: Array, within_s: float) -> bool:
        """Whether the joints get the tool to a pose in a time [s], from where they are."""
        low, high = np.minimum(self._low_rad, joints_rad), np.maximum(self._high_rad, joints_rad)
        q = joints_rad
        for _ in range(ITERATIONS):
            error, jacobian = self._model.error_and_jacobian(q, tool)
            if np.abs(error).max() < MET:
                slowest, fastest = self._profile.velocity_range(q)
                speed = (q - joints_rad) / (SPEED_FRACTION * within_s)
                return bool(((speed >= slowest) & (speed <= fastest)).all())
            step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + DAMPING, error)
            q = np.minimum(np.maximum(q + step, low), high)
        return False
