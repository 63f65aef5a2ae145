"""The expert for `catch`: fly along above the cube, descend, close, lift; imports core."""

from __future__ import annotations

from collections import deque

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, angle_between, magnitude, matrix_from_rotation6, tool_down
from midp_ros.expert.pick import CLOSED_M, DWELL_STEPS, OPEN_M

CUBE_M = 0.04
HOVER_M = 0.10  # height above the cube at which the tool flies along
DWELL_HEIGHT_M = 0.033  # of the tool above the table while the fingers grip: the cube is 4 mm above the belt
LIFT_HEIGHT_M = 0.22  # of the tool above the table when it has lifted
LYING_M = 0.029  # a cube whose centre is lower lies on the belt
FREE_M = 0.04  # a tool that is higher above the cube does not touch it, so that the cube moves with the belt
ABOVE_CENTRE_M = 0.005  # where it grasps the cube: the finger tips stay clear of the belt when the tool is pushed
LEAD_STEPS = 1.3  # from the observation to when the arm is where the action sends it
SEEN_STEPS = 5  # that the speed is measured over
SINK_STEP_M = 0.012  # at most, on the way down: time to come back over the cube


class CatchRule:
    """As the expert of `pick`, in a frame that moves with the cube; its speed is measured while it lies free."""

    disturb_m = 0.006  # larger pushes bring a finger onto the cube, which is a reflex

    def reset(self) -> None:
        """Nothing is held, and no speed is known."""
        self._held_steps = 0
        self._seen: deque[Array] = deque(maxlen=SEEN_STEPS)
        self._step_m = np.zeros(3)

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to and the gripper width to command."""
        cube, width_m = observed["object_position"], float(observed["gripper_width"][0])
        cube_x = matrix_from_rotation6(observed["object_rotation"])[:, 0]
        grasp = tool_down(float(np.arctan2(cube_x[1], cube_x[0])))
        place = cube + np.array([0.0, 0.0, ABOVE_CENTRE_M])
        offset = tool.position_m - place
        sideways_m, height_m = magnitude(offset[:2]), float(offset[2])
        self._measure(cube, height_m)
        ahead = LEAD_STEPS * self._step_m
        turn_rad = angle_between(tool.rotation, grasp)
        around = sideways_m < 0.02 and abs(height_m) < 0.015
        held = around and 0.8 * CUBE_M < width_m < CUBE_M + 0.005  # the fingers stand on the cube
        self._held_steps = self._held_steps + 1 if held else 0
        if held and cube[2] < LYING_M and self._held_steps <= DWELL_STEPS:
            along = tool.position_m + ahead  # with the belt; what the fingers hold must not be pressed onto it
            return Pose(np.array([along[0], along[1], DWELL_HEIGHT_M]), tool.rotation), CLOSED_M
        if held:
            return Pose(np.array([cube[0], cube[1], LIFT_HEIGHT_M]), tool.rotation), CLOSED_M
        if around and sideways_m < 0.010 and turn_rad < np.radians(8) and abs(height_m) < 0.008:
            return Pose(place + ahead, grasp), CLOSED_M
        misaligned_m = max(0.0, sideways_m - 0.006) + 0.05 * max(0.0, turn_rad - np.radians(5))
        if width_m < CUBE_M + 0.015:  # closed without the cube: rise and open first
            misaligned_m = HOVER_M
        allowed_m = min(HOVER_M, 4.0 * misaligned_m)
        if height_m < HOVER_M + 0.02:
            allowed_m = max(allowed_m, height_m - SINK_STEP_M)
        return Pose(place + ahead + np.array([0.0, 0.0, allowed_m]), grasp), OPEN_M

    def _measure(self, cube_m: Array, height_m: float) -> None:
        """Takes the belt's way in a step from the cube's positions while it is free."""
        if height_m < FREE_M or cube_m[2] > LYING_M:
            self._seen.clear()
            return
        self._seen.append(cube_m)
        if len(self._seen) > 1:
            self._step_m = (self._seen[-1] - self._seen[0]) / (len(self._seen) - 1) * np.array([1.0, 1.0, 0.0])
