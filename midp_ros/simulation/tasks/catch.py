"""Catch: pick up a cube that a belt carries along, at a speed that is not observed; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, magnitude, rotation_about_z
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.graspable_cube import GraspableCube
from midp_ros.simulation.tasks.task import Reachable, Start, random_tool

CUBE_M, CUBE_MASS_KG = 0.04, 0.1
BELT_HALF_M, BELT_X_M = np.array([0.09, 0.58, 0.002]), 0.50  # as it looks; its middle runs along y through x
PLATE_HALF_LENGTH_M = 4.0  # of what carries the cube: longer than an episode's way
YAW_RAD = float(np.radians(10.0))  # of the cube, either way
ASIDE_M = 0.03  # of the cube from the belt's middle, either way
SPEED_M_S = (0.10, 0.15)  # of the belt, in either direction
# The cube is in the middle stretch about when the tool can be there: so its place does not tell the belt's direction.
MEETING_M, MEETING_S = 0.12, 2.6
END_M = 0.45  # from the middle, where the cube is about to leave the arm's reach
START_LOW_M, START_HIGH_M = np.array([0.44, -0.12, 0.18]), np.array([0.56, 0.12, 0.28])
GREY, ORANGE = (0.35, 0.37, 0.40, 1), (0.83, 0.29, 0.17, 1)


class Catch(GraspableCube):
    """Success: the cube lifted by 10 cm and held there for 0.5 s, within 12 s; at the belt's end it has failed.

    Each episode draws the belt's direction and speed. Only the cube's pose is observed: one observation does not show
    where the cube is going, two do.
    """

    name = "catch"
    time_limit_s = 12.0
    hold_s = 0.5
    lift_m = 0.10

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the belt's speed, the cube on it and the tool's start above."""
        self.speed_m_s = float(rng.uniform(*SPEED_M_S) * rng.choice([-1.0, 1.0]))
        x_m = BELT_X_M + rng.uniform(-ASIDE_M, ASIDE_M)
        y_m = rng.uniform(-MEETING_M, MEETING_M) - MEETING_S * self.speed_m_s
        half_m, centre_m = BELT_HALF_M.copy(), (BELT_X_M, 0.0, BELT_HALF_M[2])
        engine.add_figure([(half_m.tolist(), (0, 0, 0))], Pose(np.array(centre_m), np.eye(3)), GREY)
        half_m[1] = PLATE_HALF_LENGTH_M
        engine.add_belt(half_m.tolist(), centre_m, self.speed_m_s)
        quaternion = Pose(np.zeros(3), rotation_about_z(rng.uniform(-YAW_RAD, YAW_RAD))).quaternion.tolist()
        place_m = (x_m, y_m, self._lying_m)
        self.cube = engine.add_box([CUBE_M / 2] * 3, place_m, CUBE_MASS_KG, ORANGE, quaternion)
        engine.client.resetBaseVelocity(self.cube, (0, self.speed_m_s, 0))
        start = random_tool(rng, START_LOW_M, START_HIGH_M, np.radians(10.0), np.radians(3.0), reachable)
        return Start(start, gripper_width_m=0.08)

    @property
    def _lying_m(self) -> float:
        """Height of the cube's centre when it lies on the belt."""
        return float(2 * BELT_HALF_M[2] + CUBE_M / 2)

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether the cube is lifted, and in the hand rather than in the air."""
        cube_m = self.cube_m(engine)
        return bool(self._lifted_m(cube_m) >= self.lift_m and magnitude(tool.position_m - cube_m) < CUBE_M)

    def failed(self, engine: Engine) -> bool:
        """Whether the belt has carried the cube out of reach, or it fell off."""
        cube_m = self.cube_m(engine)
        going = cube_m[1] * self.speed_m_s > 0.0
        return bool(self._lifted_m(cube_m) < 0.01 and going and abs(cube_m[1]) > END_M)

    def info(self, engine: Engine) -> dict[str, str]:
        """Where the belt goes, as the arm sees it."""
        return {"belt": "left" if self.speed_m_s > 0.0 else "right"}

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """Whether the cube went by, was not lifted, or was lifted and not held."""
        cube_m = self.cube_m(engine)
        lifted_m, away_m = self._lifted_m(cube_m), magnitude(tool.position_m - cube_m)
        what = "the cube is not lifted"
        if self.failed(engine):
            what = "the cube went by"
        elif lifted_m >= self.lift_m:
            what = f"the cube is not held for {self.hold_s:g} s"
        return what, (
            f"lifted by {1000 * lifted_m:.0f} mm of {1000 * self.lift_m:.0f} mm, the tool is {1000 * away_m:.0f} mm "
            f"away, belt {self.speed_m_s:+.3f} m/s"
        )

    def _lifted_m(self, cube_m: np.ndarray) -> float:
        return float(cube_m[2]) - self._lying_m
