"""The expert for `pick`: align above the cube, descend, close, lift; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, angle_between, magnitude, matrix_from_rotation6, tool_down

OPEN_M, CLOSED_M = 0.08, 0.0
CUBE_M = 0.05
HOVER_M = 0.10  # height above the cube at which the tool aligns
LIFT_HEIGHT_M = 0.22  # of the tool above the table when it has lifted
LYING_M = 0.03  # a cube whose centre is lower lies on the table
# The hand closes after a delay that cannot be observed. A policy that observes every 8 steps must not learn to lift
# within 8 steps of an observation of open fingers; so the lift comes 8 steps after the fingers were observed closed.
DWELL_STEPS = 8


class PickRule:
    """A function of the present observation and of how long the cube is held, so that it recovers from any push.

    Over the cube the allowed height forms a funnel: the better the tool is aligned, the lower it may go.
    """

    def reset(self) -> None:
        """Nothing is held."""
        self._held_steps = 0

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to and the gripper width to command."""
        cube, width_m = observed["object_position"], float(observed["gripper_width"][0])
        cube_x = matrix_from_rotation6(observed["object_rotation"])[:, 0]
        grasp = tool_down(float(np.arctan2(cube_x[1], cube_x[0])))
        offset = tool.position_m - cube
        sideways_m, height_m = magnitude(offset[:2]), float(offset[2])
        turn_rad = angle_between(tool.rotation, grasp)
        around = sideways_m < 0.02 and abs(height_m) < 0.015
        held = around and 0.8 * CUBE_M < width_m < CUBE_M + 0.005  # the fingers stand on the cube
        self._held_steps = self._held_steps + 1 if held else 0
        if held and cube[2] < LYING_M and self._held_steps <= DWELL_STEPS:
            return tool, CLOSED_M  # where it is: what the fingers hold must not be pressed onto the table
        if held:
            return Pose(np.array([cube[0], cube[1], LIFT_HEIGHT_M]), tool.rotation), CLOSED_M
        if around and sideways_m < 0.008 and turn_rad < np.radians(8) and abs(height_m) < 0.008:
            return Pose(cube, grasp), CLOSED_M
        misaligned_m = max(0.0, sideways_m - 0.006) + 0.05 * max(0.0, turn_rad - np.radians(5))
        if width_m < CUBE_M + 0.015:  # closed without the cube: rise and open first
            misaligned_m = HOVER_M
        height_m = min(HOVER_M, 4.0 * misaligned_m)
        return Pose(cube + np.array([0.0, 0.0, height_m]), grasp), OPEN_M
