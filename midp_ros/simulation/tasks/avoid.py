"""Avoid: bring the tool past a post to a goal behind it, left or right of it; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, angle_between, tool_down
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.task import IN_THE_PLANE, Reachable, Start, random_tool, widened_range

# The post stands in the middle, seen from the arm, and all ranges are symmetric about y = 0: no side is better.
POST_HALF_M = (0.03, 0.03, 0.0725)
POST_LOW_M, POST_HIGH_M = np.array([0.49, -0.015]), np.array([0.53, 0.015])
# The fingers reach below the post's top, and the hand stays above it.
START_LOW_M, START_HIGH_M = np.array([0.34, -0.02, 0.115]), np.array([0.38, 0.02, 0.13])
GOAL_LOW_M, GOAL_HIGH_M = np.array([0.64, -0.02, 0.115]), np.array([0.68, 0.02, 0.13])
ORANGE = (0.83, 0.29, 0.17, 1)


class Avoid:
    """Success: within 1 cm and 5 degrees of the goal for 0.3 s, within 10 s; touching the post ends it as a failure.

    Fingers start closed. The side on which the tool passes is in `info`.

    Args:
        widened: edges of the areas in which starts and goals lie, in edges of the usual ones; 1 or more.
    """

    name = "avoid"
    time_limit_s = 10.0
    hold_s = 0.3
    position_tolerance_m = 0.01
    rotation_tolerance_rad = float(np.radians(5.0))

    def __init__(self, widened: float = 1.0):
        factors = 1.0 + IN_THE_PLANE * (widened - 1.0)  # heights decide what may touch the post
        self._starts_m = widened_range(START_LOW_M, START_HIGH_M, factors)
        self._goals_m = widened_range(GOAL_LOW_M, GOAL_HIGH_M, factors)

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the post, the goal behind it and the tool's start before it."""
        self._post_m = np.append(rng.uniform(POST_LOW_M, POST_HIGH_M), POST_HALF_M[2])
        self._post = engine.add_box(POST_HALF_M, self._post_m.tolist(), 0.0, ORANGE)
        self._goal = random_tool(rng, *self._goals_m, 0.0, 0.0, reachable)
        self._marker = engine.add_marker(self._goal)
        self._touched, self._side, self._before_m = False, "none", -np.inf
        start = random_tool(rng, *self._starts_m, np.radians(10.0), np.radians(3.0), reachable)
        return Start(start, gripper_width_m=0.0)

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """The post's centre and the goal."""
        return {"obstacle": Pose(self._post_m, tool_down(0.0)), "goal": self._goal}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets post and goal."""
        self._post_m, self._goal = poses["obstacle"].position_m, poses["goal"]
        engine.client.resetBasePositionAndOrientation(self._post, self._post_m.tolist(), (0, 0, 0, 1))
        engine.move_marker(self._marker, self._goal)

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """To the goal."""
        distance_m = float(np.linalg.norm(tool.position_m - self._goal.position_m))
        return distance_m, angle_between(tool.rotation, self._goal.rotation)

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether both tolerances are met without a touch; follows on which side the tool passes the post."""
        self._pass(tool)
        distance_m, angle_rad = self.tool_error(engine, tool)
        at_goal = distance_m < self.position_tolerance_m and angle_rad < self.rotation_tolerance_rad
        return not self.failed(engine) and at_goal

    def failed(self, engine: Engine) -> bool:
        """Whether the arm has touched the post; looked at 25 times a second."""
        self._touched |= bool(engine.client.getContactPoints(self._post))
        return self._touched

    def info(self, engine: Engine) -> dict[str, str]:
        """The side of the post on which the tool passed it, as the arm sees it: left, right or none."""
        return {"side": self._side}

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """Whether the post was touched, or the goal not reached."""
        distance_m, angle_rad = self.tool_error(engine, tool)
        what = "the arm touched the post" if self._touched else "the tool is not at the goal"
        return what, f"{1000 * distance_m:.0f} mm and {np.degrees(angle_rad):.1f} deg off the goal, side: {self._side}"

    def _pass(self, tool: Pose) -> None:
        """Notes the side where the tool crosses the line through the post, across the way to the goal."""
        along = (self._goal.position_m - self._post_m)[:2]
        offset_m = (tool.position_m - self._post_m)[:2]
        passed_m = float(along @ offset_m)
        if self._before_m < 0.0 <= passed_m:
            self._side = "left" if along[0] * offset_m[1] > along[1] * offset_m[0] else "right"
        self._before_m = passed_m
