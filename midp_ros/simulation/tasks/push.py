"""Push: slide a T-shaped block over the table to a target pose; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, angle_between, rotation_about_z
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.footprint import coverage
from midp_ros.simulation.tasks.task import Reachable, Start, random_tool

HEIGHT_M = 0.03
# The bar of 16 x 4 cm and the stem of 4 x 12 cm: half sizes and centres in the frame of the centre of mass.
BOXES = (
    ((0.08, 0.02, HEIGHT_M / 2), (0.0, 0.24 / 7, 0.0)),
    ((0.02, 0.06, HEIGHT_M / 2), (0.0, -0.32 / 7, 0.0)),
)
MASS_KG = 0.25  # of wood
FRICTION = 0.4  # of the block on the table; the finger tips' rubber adds a fifth
GOAL_LOW_M, GOAL_HIGH_M = np.array([0.48, -0.10]), np.array([0.58, 0.10])
BLOCK_LOW_M, BLOCK_HIGH_M = np.array([0.45, -0.15]), np.array([0.61, 0.15])
LEAST_M = 0.06  # smallest distance to the goal
START_LOW_M, START_HIGH_M = np.array([0.35, -0.20, 0.12]), np.array([0.60, 0.20, 0.30])
GREEN, ORANGE = (0.35, 0.72, 0.42, 1), (0.83, 0.29, 0.17, 1)


class Push:
    """Success: 90 % of the target's footprint covered for 0.5 s, within 40 s; the fingers start closed."""

    name = "push"
    time_limit_s = 40.0
    hold_s = 0.5
    least_coverage = 0.9

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the block's pose, its target and the tool's start above."""
        self._goal = _lying(rng, GOAL_LOW_M, GOAL_HIGH_M)
        start = self._goal
        while np.linalg.norm(start.position_m - self._goal.position_m) < LEAST_M:
            start = _lying(rng, BLOCK_LOW_M, BLOCK_HIGH_M)
        self._block = engine.add_compound(BOXES, start, MASS_KG, ORANGE, FRICTION)
        flat = [((*half[:2], 0.001), (*centre[:2], -HEIGHT_M / 2)) for half, centre in BOXES]
        self._outline = engine.add_figure(flat, self._goal, GREEN)
        tool = random_tool(rng, START_LOW_M, START_HIGH_M, np.radians(30.0), np.radians(8.0), reachable)
        return Start(tool, gripper_width_m=0.0)

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """The block's present and wanted pose, of its centre of mass; x along the bar, y from the stem to the bar."""
        position, quaternion = engine.client.getBasePositionAndOrientation(self._block)
        return {"object": Pose.from_quaternion(position, quaternion), "goal": self._goal}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets the poses of block and target."""
        block, self._goal = poses["object"], poses["goal"]
        engine.client.resetBasePositionAndOrientation(self._block, block.position_m.tolist(), block.quaternion.tolist())
        engine.move_marker(self._outline, self._goal)

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """Of the block, which the task asks the tool to bring there: to the target."""
        block = self.observe(engine)["object"]
        distance = float(np.linalg.norm(block.position_m - self._goal.position_m))
        return distance, angle_between(block.rotation, self._goal.rotation)

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether the block covers enough of the target."""
        return self._covered(engine) >= self.least_coverage

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """How much of the target is covered."""
        covered, (distance_m, angle_rad) = self._covered(engine), self.tool_error(engine, tool)
        enough = covered >= self.least_coverage
        what = f"the target is not covered for {self.hold_s:g} s" if enough else "the target is not covered enough"
        return what, (
            f"{100 * covered:.0f} % of {100 * self.least_coverage:.0f} % is covered, the block is "
            f"{1000 * distance_m:.0f} mm and {np.degrees(angle_rad):.0f} deg off"
        )

    def _covered(self, engine: Engine) -> float:
        return coverage(BOXES, self.observe(engine)["object"], self._goal)


def _lying(rng: np.random.Generator, low_m: np.ndarray, high_m: np.ndarray) -> Pose:
    """A pose of the block on the table, anywhere in a rectangle and turned in any way."""
    x, y = rng.uniform(low_m, high_m)
    return Pose(np.array([x, y, HEIGHT_M / 2]), rotation_about_z(rng.uniform(-np.pi, np.pi)))
