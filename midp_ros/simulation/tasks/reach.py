"""Reach: bring the tool to a random pose in a box of 40 x 40 x 30 cm; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, angle_between
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.task import Reachable, Start, random_tool, widened_range

BOX_LOW_M, BOX_HIGH_M = np.array([0.30, -0.20, 0.15]), np.array([0.70, 0.20, 0.45])
YAW_RAD, TILT_RAD = np.radians(60.0), np.radians(25.0)
# A widened box stays before the arm's base and above the table, where a straight way meets neither.
ROOM_LOW_M, ROOM_HIGH_M = np.array([0.25, -np.inf, 0.06]), np.full(3, np.inf)


class Reach:
    """Success: within 1 cm and 5 degrees of the goal for 0.5 s, within 8 s.

    Args:
        widened: edges of the box in which starts and goals lie, in edges of the usual one; 1 or more.
    """

    name = "reach"
    time_limit_s = 8.0
    hold_s = 0.5
    position_tolerance_m = 0.01
    rotation_tolerance_rad = float(np.radians(5.0))

    def __init__(self, widened: float = 1.0):
        low_m, high_m = widened_range(BOX_LOW_M, BOX_HIGH_M, widened)
        self._box_m = np.maximum(low_m, ROOM_LOW_M), np.minimum(high_m, ROOM_HIGH_M)

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the goal and, from the same box, the start."""
        self._goal = random_tool(rng, *self._box_m, YAW_RAD, TILT_RAD, reachable)
        self._marker = engine.add_marker(self._goal)
        start = random_tool(rng, *self._box_m, YAW_RAD, TILT_RAD, reachable)
        return Start(start, gripper_width_m=0.08)

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """The goal."""
        return {"goal": self._goal}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets the goal."""
        self._goal = poses["goal"]
        engine.move_marker(self._marker, self._goal)

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """To the goal."""
        distance = float(np.linalg.norm(tool.position_m - self._goal.position_m))
        return distance, angle_between(tool.rotation, self._goal.rotation)

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether both tolerances are met."""
        distance, angle = self.tool_error(engine, tool)
        return distance < self.position_tolerance_m and angle < self.rotation_tolerance_rad

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """Which tolerance is not met."""
        distance_m, angle_rad = self.tool_error(engine, tool)
        off = distance_m >= self.position_tolerance_m, angle_rad >= self.rotation_tolerance_rad
        what = {
            (True, True): "the tool is not at the goal, in position and rotation",
            (True, False): "the tool is not at the goal's position",
            (False, True): "the tool is not turned as the goal",
            (False, False): f"the goal is not held for {self.hold_s:g} s",
        }[off]
        limits = f"{1000 * self.position_tolerance_m:.0f} mm and {np.degrees(self.rotation_tolerance_rad):.0f} deg"
        return what, f"{1000 * distance_m:.1f} mm and {np.degrees(angle_rad):.1f} deg off, allowed: {limits}"
