"""The tool's way around obstacles, tried out with the arm that tracks it; imports core, kinematics and planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, angle_between, magnitude
from midp_ros.expert.motion import SpeedLimits, ToolMotion
from midp_ros.kinematics import ArmModel, ToolTracker
from midp_ros.planning import NoMotionError, Obstacle, Planner, PlanRequest
from midp_ros.planning.scene import CollisionScene

MARGIN_M = 0.03  # the tool is tracked, not led along the plan's joints: its arm takes a posture of its own
LEAST_M = 0.01  # that is left of it on the way that was tracked
AHEAD_M, AHEAD_RAD = 0.06, 0.5  # how far ahead on the way the tool aims: far enough for full speed
NEAR_M = 0.04  # of the goal, where the rule itself leads
ATTEMPTS = 6  # of a plan; whichever the tracked arm gets through is taken
LOOKED_AHEAD_S = 12.0
ROUTE_POINTS = 80


@dataclass(frozen=True)
class ToolRoute:
    """Tool poses from where the arm was to a goal, and how far along each is [m]."""

    poses: tuple[Pose, ...]
    along_m: Array

    @classmethod
    def through(cls, poses: Sequence[Pose]) -> ToolRoute:
        ways = [way_m(one, other) for one, other in zip(poses, poses[1:], strict=False)]
        return cls(tuple(poses), np.concatenate([[0.0], np.cumsum(ways)]))

    def progress_m(self, tool: Pose, from_m: float) -> tuple[float, float]:
        """The place nearest to the tool on the next stretch from a place on, and its distance from the tool."""
        near = np.flatnonzero((self.along_m >= from_m - 1e-9) & (self.along_m <= from_m + 3 * AHEAD_M))
        off_m = [magnitude(self.poses[i].position_m - tool.position_m) for i in near]
        best = int(np.argmin(off_m))
        return float(self.along_m[near[best]]), off_m[best]

    def ahead(self, place_m: float) -> Pose:
        """The pose to aim at from a place."""
        number = int(np.searchsorted(self.along_m, place_m + AHEAD_M))
        return self.poses[min(number, len(self.poses) - 1)]


class RouteFinder:
    """Finds ways of the tool by a planner; for one thread.

    Args:
        planner: of the arm's motions, of which only the tool's way is kept.
        obstacles: with names of their own.
    """

    def __init__(self, contract: Contract, planner: Planner, model: ArmModel, obstacles: Sequence[Obstacle]):
        self._contract, self._planner, self._model = contract, planner, model
        self._obstacles, self._tracker = tuple(obstacles), ToolTracker(model, contract)
        self._scene = CollisionScene(model, obstacles, contract.table_height_m, LEAST_M)

    def find(self, position_rad: Array, tool: Pose, goal: Pose, seed: int) -> ToolRoute | None:
        """The way from a tool pose, with the arm at joint positions (joints,), to a goal; None: straight.

        Raises:
            NoMotionError: there is none.
        """
        if self._clear(position_rad, ToolRoute.through([tool, goal])):
            return None
        for attempt in range(ATTEMPTS):
            route = self._planned(position_rad, tool, goal, seed + attempt)
            if self._clear(position_rad, route):
                return route
        raise NoMotionError(f"the arm that tracks the tool gets through none of {ATTEMPTS} planned ways")

    def _planned(self, position_rad: Array, tool: Pose, goal: Pose, seed: int) -> ToolRoute:
        request = PlanRequest(
            position_rad,
            goal,
            self._obstacles,
            self._contract.table_height_m,
            MARGIN_M,
            seed=seed,
        )
        motion = self._planner.plan(request)
        times_s = np.linspace(0.0, motion.time_s[-1], ROUTE_POINTS)[1:-1]
        between = [self._model.forward(q) for q in motion.sample(times_s)[0]]
        return ToolRoute.through([tool, *between, goal])

    def _clear(self, position_rad: Array, route: ToolRoute) -> bool:
        """Whether the arm that tracks a tool led along a way is clear until that is at its end."""
        step_s, q, place_m = self._contract.step_s, np.asarray(position_rad, float), 0.0
        motion = ToolMotion(SpeedLimits(), step_s)
        motion.restart(self._model.forward(q))
        for _ in range(round(LOOKED_AHEAD_S / step_s)):
            tool = self._model.forward(q)
            place_m, _off_m = route.progress_m(tool, place_m)
            aimed = route.poses[-1] if len(route.poses) == 2 else route.ahead(place_m)
            pose = motion.advance(aimed)
            after = self._tracked(q, pose)
            if not self._scene.clear_straight(q, after):
                return False
            q = after
            if way_m(self._model.forward(q), route.poses[-1]) < NEAR_M / 4:
                return True
        return False

    def _tracked(self, position_rad: Array, pose: Pose) -> Array:
        """Joint positions a step later, as the tool tracker has them."""
        action = np.zeros((1, self._contract.action_size))
        slices = self._contract.action_slices
        action[0, slices["tool_position"]], action[0, slices["tool_rotation"]] = pose.position_m, pose.rotation6
        chunk = ActionChunk(action, 0.0, self._contract.step_s)
        tracked: Array = self._tracker.motion(chunk, position_rad, np.zeros_like(position_rad)).position_rad[-1]
        return tracked


def way_m(one: Pose, other: Pose) -> float:
    """The way between two poses; a turn counts as far as it takes as long."""
    turn_m = angle_between(one.rotation, other.rotation) * AHEAD_M / AHEAD_RAD
    return max(magnitude(one.position_m - other.position_m), turn_m)
