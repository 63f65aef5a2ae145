"""Reach: whether the arm gets the tool to a pose, and smaller commands where it does not; imports core and kinematics.

A command goes on only as far as the tool can stop within reach: a target beyond it would pull the tool aside. The table
and the arm itself end the reach, too, for every link: a person who drives fast stops there, before the loop must hold.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.kinematics.clearance import Clearance
from midp_ros.kinematics.model import ArmModel
from midp_ros.teleop.tool_reference import REST, Command, Drive

SHARES = (0.5, 0.25, 0.1)
MARGIN_RAD = 0.03  # to the ends of the joints' ranges
ITERATIONS, MET = 8, 5e-4  # [m or rad] of tool error
# Skills may press fingers 1 cm into the table; a person's 1.3 cm less end 3 mm above it. A stretched arm under a fast
# motion falls short by 2 mm, and a touch while a joint is at the end of its range, where it may not move, is a reflex.
CHECK_FURTHER_M = 0.013  # than a skill, of the loop's check
FURTHER_M = CHECK_FURTHER_M + 0.002  # a command is reduced before the loop must hold; fingers 5 mm above the table
NO_CLOSER_M = 5e-4  # by inverse kinematics that ends at MET
NOT_DOWN = np.array([-np.inf, -np.inf, 0.0])
DAMPING = 1e-4 * np.eye(6)
SPEED_FRACTION = 0.7  # of the joints' speed limits, which are lower towards the ends of their ranges


def reduced(command: Command, tool: Pose) -> Iterator[Command]:
    """A command, then smaller ones: shares of its velocity, all of it but what leads down, and at last rest.

    Args:
        tool: where the tool is; it slides along a table although the command leads below.
    """
    if command is not REST:
        yield command
        if isinstance(command, Drive):
            for share in SHARES:
                yield Drive(share * command.linear_m_s, share * command.angular_rad_s)
            level = np.maximum(command.linear_m_s, NOT_DOWN)
            yield Drive(level, command.angular_rad_s)
        else:
            lowest = np.where(NOT_DOWN == 0.0, tool.position_m, NOT_DOWN)
            yield Pose(np.maximum(command.position_m, lowest), command.rotation)
    yield REST


class Reach:
    """Judges tool poses by differential inverse kinematics from the present joints.

    Args:
        table_height_m: of the table's plane in the arm's base frame [m]; None: unknown.
    """

    def __init__(self, model: ArmModel, table_height_m: float | None = None):
        self._model, profile = model, model.profile
        self._low_rad, self._high_rad = profile.position_min_rad + MARGIN_RAD, profile.position_max_rad - MARGIN_RAD
        self._profile = profile
        self._clearance = Clearance(model, table_height_m, FURTHER_M)

    def reaches(self, tool: Pose, joints_rad: Array, within_s: float) -> bool:
        """Whether the joints get the tool to a pose in a time [s], from where they are, clear of table and arm."""
        low, high = np.minimum(self._low_rad, joints_rad), np.maximum(self._high_rad, joints_rad)
        q = joints_rad
        for _ in range(ITERATIONS):
            error, jacobian = self._model.error_and_jacobian(q, tool)
            if np.abs(error).max() < MET:
                slowest, fastest = self._profile.velocity_range(q)
                speed = (q - joints_rad) / (SPEED_FRACTION * within_s)
                return bool(((speed >= slowest) & (speed <= fastest)).all()) and self.clear(q, joints_rad)
            step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + DAMPING, error)
            q = np.minimum(np.maximum(q + step, low), high)
        return False

    def clear(self, position_rad: Array, start_rad: Array) -> bool:
        """Whether nothing is too close at joint positions (joints,), or no closer than at others (joints,)."""
        return not self._clearance.closer(position_rad, start_rad, NO_CLOSER_M)
