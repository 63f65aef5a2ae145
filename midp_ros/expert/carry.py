"""The experts for `carry` and for play with its box: grasp it, then carry it along a way; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, angle_between, magnitude, matrix_from_rotation6, tool_down

OPEN_M, CLOSED_M = 0.08, 0.0
HOVER_M = 0.10  # height above the box at which the tool aligns
DWELL_STEPS = 8  # the lift comes so long after the fingers stood on the box, as in `pick`
RISE_M = 0.03  # so far below the goal's height the box still goes straight up
REACHED_M = 0.02  # from a place of the way, where the next one is the aim
PLAY_PLACES = (1, 3)  # fewest and most places of a way of play before its end
PLAY_LOW_M, PLAY_HIGH_M = np.array([0.38, -0.18, 0.05]), np.array([0.62, 0.18, 0.22])  # z above where the box lay


class CarryRule:
    """Grasps the box by a funnel as `pick`'s rule; the held box goes up to the goal's height, then across."""

    def reset(self) -> None:
        """Nothing is held."""
        self._held_steps = 0

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to and the gripper width to command."""
        box, width_m = observed["object_position"], float(observed["gripper_width"][0])
        size_m = magnitude(observed["point_1_position"] - observed["point_2_position"]) / np.sqrt(2)
        box_x = matrix_from_rotation6(observed["object_rotation"])[:, 0]
        grasp = tool_down(float(np.arctan2(box_x[1], box_x[0])))
        offset = tool.position_m - box
        sideways_m, height_m = magnitude(offset[:2]), float(offset[2])
        turn_rad = angle_between(tool.rotation, grasp)
        around = sideways_m < 0.02 and abs(height_m) < 0.015
        held = around and 0.8 * size_m < width_m < size_m + 0.005  # the fingers stand on the box
        self._held_steps = self._held_steps + 1 if held else 0
        if held and self._held_steps <= DWELL_STEPS:
            return tool, CLOSED_M
        if held:
            return Pose(self.aim_m(box, observed["goal_position"]) + offset, tool.rotation), CLOSED_M
        if around and sideways_m < 0.006 and turn_rad < np.radians(6) and abs(height_m) < 0.008:
            return Pose(box, grasp), CLOSED_M
        misaligned_m = max(0.0, sideways_m - 0.004) + 0.05 * max(0.0, turn_rad - np.radians(4))
        if width_m < min(size_m + 0.015, 0.07):  # closed without the box: rise and open first
            misaligned_m = HOVER_M
        return Pose(box + np.array([0.0, 0.0, min(HOVER_M, 4.0 * misaligned_m)]), grasp), OPEN_M

    def aim_m(self, box_m: Array, goal_m: Array) -> Array:
        """Where the held box goes now (3,)."""
        return np.array([box_m[0], box_m[1], goal_m[2]]) if box_m[2] < goal_m[2] - RISE_M else goal_m


class CarryPlayRule(CarryRule):
    """Carries the box to places that are drawn in each episode and that nothing observes, then to the goal."""

    def draw(self, rng: np.random.Generator) -> None:
        """Draws the way's places."""
        count = int(rng.integers(*PLAY_PLACES, endpoint=True))
        self._left = list(rng.uniform(PLAY_LOW_M, PLAY_HIGH_M, (count, 3)))
        self._lay_m: float | None = None

    def aim_m(self, box_m: Array, goal_m: Array) -> Array:
        """The next place of the way, at last the goal."""
        if self._lay_m is None:
            self._lay_m = float(box_m[2])
        above = np.array([0.0, 0.0, self._lay_m])
        if self._left and magnitude(self._left[0] + above - box_m) < REACHED_M:
            self._left.pop(0)
        return self._left[0] + above if self._left else goal_m
