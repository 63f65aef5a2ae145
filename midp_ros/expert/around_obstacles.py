"""A rule that leads the tool around obstacles, by a planner; imports core, kinematics and planning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ContractError
from midp_ros.core.pose import Pose, angle_between, magnitude
from midp_ros.expert.motion import SpeedLimits, ToolMotion
from midp_ros.expert.scripted import Rule
from midp_ros.kinematics import ArmModel, ToolTracker
from midp_ros.planning import NoMotionError, Obstacle, Planner, PlanRequest
from midp_ros.planning.scene import CollisionScene

MARGIN_M = 0.03  # the tool is tracked, not led along the plan's joints: its arm takes a posture of its own
LEAST_M = 0.01  # that is left of it on the way that was tracked
AHEAD_M, AHEAD_RAD = 0.06, 0.5  # how far ahead on the way the tool aims: far enough for full speed
MOVED_M, MOVED_RAD = 0.02, 0.2  # of the goal: beyond, its way is planned anew
OFF_M = 0.05  # so far off its way the tool was pushed
NEAR_M = 0.04  # of the goal, where the rule itself leads
ATTEMPTS = 6  # of a plan; whichever the tracked arm gets through is taken
LOOKED_AHEAD_S = 12.0
ROUTE_POINTS = 80


@dataclass(frozen=True)
class _Route:
    """Tool poses from where the arm was to a goal, and how far along each is [m]."""

    poses: tuple[Pose, ...]
    along_m: Array

    @classmethod
    def through(cls, poses: Sequence[Pose]) -> _Route:
        ways = [_way_m(one, other) for one, other in zip(poses, poses[1:], strict=False)]
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


class AroundObstacles:
    """Leads the tool along the way that the planner found, wherever the rule's own way is not clear.

    A way is taken only where the arm that tracks the tool is clear all along it, too.

    Args:
        rule: which goal; its last 4 cm are its own.
        obstacles: with names of their own; what the rule touches is none.
        raises: NoMotionError while there is no way; otherwise the tool stays where it is.

    Attributes:
        problem: why the tool stays where it is; empty while it moves.

    Raises:
        ContractError: the contract observes no joint positions to plan from.
    """

    def __init__(
        self,
        rule: Rule,
        contract: Contract,
        planner: Planner,
        model: ArmModel,
        obstacles: Sequence[Obstacle],
        raises: bool = False,
    ):
        if "joint_position" not in contract.observation_slices:
            raise ContractError(f"{contract.skill!r} observes no 'joint_position', from which a way is planned")
        self._rule, self._contract, self._planner, self._model = rule, contract, planner, model
        self._obstacles, self._tracker, self._raises = tuple(obstacles), ToolTracker(model, contract), raises
        self._scene = CollisionScene(model, obstacles, contract.table_height_m, LEAST_M)
        self.reset()

    def reset(self) -> None:
        """No way is known."""
        self._rule.reset()
        self._goal: Pose | None = None
        self._route: _Route | None = None
        self._place_m, self.problem, self._seed = 0.0, "", 0

    def draw(self, rng: np.random.Generator) -> None:
        """The rule's choices, and the plans' seed."""
        if draw := getattr(self._rule, "draw", None):
            draw(rng)
        self._seed = int(rng.integers(1 << 30))

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The next pose on the way to the rule's goal, and the rule's gripper width.

        Raises:
            NoMotionError: there is no way, and it `raises`.
        """
        goal, width_m = self._rule.goal(observed, tool)
        if self._moved(goal) or self._pushed(tool):
            self._lead(observed["joint_position"], tool, goal)
        if self.problem and self._raises:
            raise NoMotionError(self.problem)
        if self.problem:
            return tool, width_m
        if self._route is None or magnitude(goal.position_m - tool.position_m) < NEAR_M:
            return goal, width_m
        return self._route.ahead(self._place_m), width_m

    def _moved(self, goal: Pose) -> bool:
        known = self._goal
        if known is None or magnitude(known.position_m - goal.position_m) > MOVED_M:
            return True
        return angle_between(known.rotation, goal.rotation) > MOVED_RAD

    def _pushed(self, tool: Pose) -> bool:
        """Whether the tool is off its way; follows its progress."""
        if self._route is None:
            return False
        self._place_m, off_m = self._route.progress_m(tool, self._place_m)
        return off_m > OFF_M

    def _lead(self, position_rad: Array, tool: Pose, goal: Pose) -> None:
        """Finds the way to a goal: the rule's own where that is clear."""
        self._goal, self._route, self._place_m, self.problem = goal, None, 0.0, ""
        if self._clear(position_rad, _Route.through([tool, goal])):
            return
        for attempt in range(ATTEMPTS):
            try:
                route = self._planned(position_rad, tool, goal, attempt)
            except NoMotionError as e:
                self.problem = str(e)
                return
            if self._clear(position_rad, route):
                self._route = route
                return
        self.problem = f"the arm that tracks the tool gets through none of {ATTEMPTS} planned ways"

    def _planned(self, position_rad: Array, tool: Pose, goal: Pose, attempt: int) -> _Route:
        request = PlanRequest(
            position_rad,
            goal,
            self._obstacles,
            self._contract.table_height_m,
            MARGIN_M,
            seed=self._seed + attempt,
        )
        motion = self._planner.plan(request)
        times_s = np.linspace(0.0, motion.time_s[-1], ROUTE_POINTS)[1:-1]
        between = [self._model.forward(q) for q in motion.sample(times_s)[0]]
        return _Route.through([tool, *between, goal])

    def _clear(self, position_rad: Array, route: _Route) -> bool:
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
            if _way_m(self._model.forward(q), route.poses[-1]) < NEAR_M / 4:
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


def _way_m(one: Pose, other: Pose) -> float:
    """The way between two poses; a turn counts as far as it takes as long."""
    turn_m = angle_between(one.rotation, other.rotation) * AHEAD_M / AHEAD_RAD
    return max(magnitude(one.position_m - other.position_m), turn_m)
