"""Carry: bring a box to a place in the air, in one of several scenes; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.plain_data import require
from midp_ros.core.pose import Pose, angle_between, magnitude, rotation_about_z, tool_down
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.task import Reachable, Start, random_tool

MASS_KG = 0.1
YAW_RAD = np.radians(20.0)  # largest of the box at the start
BOX_LOW_M, BOX_HIGH_M = np.array([0.42, -0.12]), np.array([0.58, 0.12])
# Heights from here on are above the table, or above where the box lies on it.
START_LOW_M, START_HIGH_M = np.array([0.38, -0.15, 0.20]), np.array([0.60, 0.15, 0.30])
GOAL_LOW_M, GOAL_HIGH_M = np.array([0.40, -0.16, 0.10]), np.array([0.60, 0.16, 0.16])
LEAST_M = 0.10  # smallest distance to the goal, over ground
# Corners of a cube that are not neighbours: their mean is its centre, and any turn of it moves one of them.
CORNERS = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
PLATFORM_HALF_M, PLATFORM_X_M = (0.35, 0.5), 0.62  # what makes a higher table: it begins 27 cm before the arm's base
ORANGE, WOOD = (0.83, 0.29, 0.17, 1), (0.66, 0.60, 0.50, 1)


class Carry:
    """Success: the box within 2 cm of the goal for 0.5 s, within 15 s.

    Observed are the box, four of its corners as `point_1` to `point_4`, and the goal of its centre.

    Args:
        size_m: the box' edge.
        table_m: height of the table.

    Raises:
        ConfigError: the hand cannot grasp the box, or the arm cannot reach the table.
    """

    name = "carry"
    time_limit_s = 15.0
    hold_s = 0.5
    tolerance_m = 0.02

    def __init__(self, size_m: float = 0.05, table_m: float = 0.0):
        require(0.03 <= size_m <= 0.07, "size_m", size_m, "0.03 to 0.07 m: the hand opens to 0.08 m")
        require(0.0 <= table_m <= 0.2, "table_m", table_m, "0 to 0.2 m")
        self.size_m, self.table_m = size_m, table_m

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the box, its goal and the tool's start above the table."""
        if self.table_m > 0:
            half = (*PLATFORM_HALF_M, self.table_m / 2)
            engine.add_box(half, (PLATFORM_X_M, 0.0, self.table_m / 2), 0.0, WOOD)
        place = rng.uniform(BOX_LOW_M, BOX_HIGH_M)
        rotation = rotation_about_z(rng.uniform(-YAW_RAD, YAW_RAD))
        start = Pose(np.append(place, self.table_m + self.size_m / 2), rotation)
        half = (self.size_m / 2,) * 3
        self._box = engine.add_box(half, start.position_m.tolist(), MASS_KG, ORANGE, start.quaternion.tolist())
        self._goal = Pose(self._drawn_goal_m(rng, start.position_m), rotation)
        self._marker = engine.add_marker(self._goal)
        above = np.array([0.0, 0.0, self.table_m])
        low, high = START_LOW_M + above, START_HIGH_M + above
        return Start(random_tool(rng, low, high, np.radians(20.0), np.radians(5.0), reachable), gripper_width_m=0.08)

    def _drawn_goal_m(self, rng: np.random.Generator, start_m: Array) -> Array:
        while True:
            goal_m = rng.uniform(GOAL_LOW_M, GOAL_HIGH_M) + np.array([0.0, 0.0, start_m[2]])
            if magnitude(goal_m[:2] - start_m[:2]) >= LEAST_M:
                return goal_m

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """The box, its corners and the goal."""
        position, quaternion = engine.client.getBasePositionAndOrientation(self._box)
        box = Pose.from_quaternion(position, quaternion)
        corners_m = box.position_m + self.size_m / 2 * CORNERS @ box.rotation.T
        points = {f"point_{i + 1}": Pose(corner_m, box.rotation) for i, corner_m in enumerate(corners_m)}
        return {"object": box, **points, "goal": self._goal}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets the box and the goal."""
        box, self._goal = poses["object"], poses["goal"]
        engine.client.resetBasePositionAndOrientation(self._box, box.position_m.tolist(), box.quaternion.tolist())
        engine.move_marker(self._marker, self._goal)

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """Of the box to its goal, and of the tool to the box' faces."""
        box = self.observe(engine)["object"]
        yaw = np.arctan2(box.rotation[1, 0], box.rotation[0, 0])
        return magnitude(box.position_m - self._goal.position_m), angle_between(tool.rotation, tool_down(yaw))

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether the box is at its goal."""
        return self.tool_error(engine, tool)[0] < self.tolerance_m

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """Whether the box was never lifted, was lost, or did not come to its goal."""
        box_m = self.observe(engine)["object"].position_m
        lifted_m = float(box_m[2] - self.table_m - self.size_m / 2)
        away_m = magnitude(tool.position_m - box_m)
        what = "the box is not at its goal" if lifted_m > 0.01 else "the box is not lifted"
        off_m = self.tool_error(engine, tool)[0]
        return what, (
            f"the box is {1000 * off_m:.0f} mm off its goal and {1000 * lifted_m:.0f} mm above the table, the tool is "
            f"{1000 * away_m:.0f} mm away from it"
        )


class CarryPlay(Carry):
    """Play with the box: no task, only ways on which it is carried; `goal` is where the way of this episode ends."""

    name = "carry_play"
    time_limit_s = 20.0

    def _drawn_goal_m(self, rng: np.random.Generator, start_m: Array) -> Array:
        low_m, high_m = GOAL_LOW_M - np.array([0.0, 0.0, 0.06]), GOAL_HIGH_M + np.array([0.0, 0.0, 0.04])
        return rng.uniform(low_m, high_m) + np.array([0.0, 0.0, start_m[2]])
