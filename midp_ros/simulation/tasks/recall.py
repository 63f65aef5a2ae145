"""Recall: a goal is shown for a moment, then a gate on the way there; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, magnitude
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.task import Reachable, Start, random_tool

START_LOW_M, START_HIGH_M = np.array([0.34, -0.05, 0.20]), np.array([0.38, 0.05, 0.28])
GATE_LOW_M, GATE_HIGH_M = np.array([0.46, -0.03, 0.21]), np.array([0.48, 0.03, 0.25])
GOAL_LOW_M, GOAL_HIGH_M = np.array([0.60, -0.15, 0.16]), np.array([0.62, 0.15, 0.30])
SHOWN_S = 0.6  # of the goal, from the episode's begin
JUDGED_S = 0.04  # between two calls of `satisfied`
GATE_RADIUS_M = 0.04


class Recall:
    """Success: through the gate, then within 1.5 cm of the goal for 0.3 s, within 6 s.

    What is observed as the goal is the goal itself for the first 0.6 s, and from then on the gate. In the gate nothing
    that is observed then shows where to go on.
    """

    name = "recall"
    time_limit_s = 6.0
    hold_s = 0.3
    tolerance_m = 0.015

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the goal, the gate and the tool's start."""
        self._goal = random_tool(rng, GOAL_LOW_M, GOAL_HIGH_M, 0.0, 0.0, reachable)
        self._gate = random_tool(rng, GATE_LOW_M, GATE_HIGH_M, 0.0, 0.0, reachable)
        self._judged, self._passed = 0, False
        self._marker = engine.add_marker(self._goal)
        return Start(random_tool(rng, START_LOW_M, START_HIGH_M, 0.0, 0.0, reachable), gripper_width_m=0.0)

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """What is shown now: the goal, later the gate."""
        return {"goal": self._goal if self._judged * JUDGED_S < SHOWN_S - 1e-9 else self._gate}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets what is shown."""
        engine.move_marker(self._marker, poses["goal"])

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """To the goal, shown or not; the rotation does not count."""
        return magnitude(tool.position_m - self._goal.position_m), 0.0

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Follows the time and the tool; returns whether it is at the goal after the gate."""
        self._judged += 1
        self._passed |= magnitude(tool.position_m - self._gate.position_m) < GATE_RADIUS_M
        engine.move_marker(self._marker, self.observe(engine)["goal"])
        return self._passed and self.tool_error(engine, tool)[0] < self.tolerance_m

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """Whether the gate was not passed, or the goal not reached after it."""
        goal_m = 1000 * self.tool_error(engine, tool)[0]
        gate_m = 1000 * magnitude(tool.position_m - self._gate.position_m)
        what = "the tool is not at the goal" if self._passed else "the tool has not passed the gate"
        return what, f"{goal_m:.0f} mm off the goal, {gate_m:.0f} mm off the gate"
