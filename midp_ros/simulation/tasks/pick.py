"""Pick: lift a cube of 5 cm that lies in 30 x 30 cm of the table; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, rotation_about_z
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.graspable_cube import GraspableCube
from midp_ros.simulation.tasks.task import IN_THE_PLANE, Reachable, Start, random_tool, widened_range

CUBE_M = 0.05
CUBE_MASS_KG = 0.1
AREA_LOW_M, AREA_HIGH_M = np.array([0.35, -0.15]), np.array([0.65, 0.15])
START_LOW_M, START_HIGH_M = np.array([0.32, -0.20, 0.16]), np.array([0.62, 0.20, 0.42])
# A widened area stays where the hand can point down: before the arm's base, and within its reach.
ROOM_LOW_M, ROOM_HIGH_M = np.array([0.28, -np.inf]), np.array([0.70, np.inf])


class Pick(GraspableCube):
    """Success: the cube lifted by 10 cm and held there for 1 s, within 15 s.

    Args:
        widened: edges of the areas in which starts and cubes lie, in edges of the usual ones; 1 or more.
    """

    name = "pick"
    time_limit_s = 15.0
    hold_s = 1.0
    lift_m = 0.10

    def __init__(self, widened: float = 1.0):
        low_m, high_m = widened_range(AREA_LOW_M, AREA_HIGH_M, widened)
        self._area_m = np.maximum(low_m, ROOM_LOW_M), np.minimum(high_m, ROOM_HIGH_M)
        self._starts_m = widened_range(START_LOW_M, START_HIGH_M, 1.0 + IN_THE_PLANE * (widened - 1.0))

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Places the cube and draws the tool's start above the table."""
        x, y = rng.uniform(*self._area_m)
        half = [CUBE_M / 2] * 3
        quaternion = Pose(np.zeros(3), rotation_about_z(rng.uniform(-np.pi, np.pi))).quaternion
        centre = (x, y, CUBE_M / 2)
        self.cube = engine.add_box(half, centre, CUBE_MASS_KG, (0.83, 0.29, 0.17, 1), quaternion.tolist())
        start = random_tool(rng, *self._starts_m, np.radians(45.0), np.radians(8.0), reachable)
        return Start(start, gripper_width_m=float(rng.choice([0.08, rng.uniform(0.0, 0.08)], p=[0.8, 0.2])))

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether the cube is lifted, and in the hand rather than in the air."""
        position_m = self.cube_m(engine)
        lifted = position_m[2] - CUBE_M / 2 >= self.lift_m
        return bool(lifted and np.linalg.norm(tool.position_m - position_m) < CUBE_M)

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """Whether the cube was not reached, not lifted, or lifted and not held."""
        position_m = self.cube_m(engine)
        lifted_m, away_m = position_m[2] - CUBE_M / 2, float(np.linalg.norm(tool.position_m - position_m))
        if lifted_m >= self.lift_m:
            held = away_m < CUBE_M
            what = f"the cube is not held up for {self.hold_s:g} s" if held else "the cube is not in the hand"
        else:
            what = "the cube is not lifted" if away_m < CUBE_M else "the cube is out of the hand"
        return what, (
            f"the cube is lifted by {1000 * lifted_m:.0f} mm of {1000 * self.lift_m:.0f} mm, the tool is "
            f"{1000 * away_m:.0f} mm away from it"
        )
