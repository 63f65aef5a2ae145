"""A rule that leads the tool around obstacles, by a planner; imports core, kinematics and planning."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ContractError
from midp_ros.core.pose import Pose, angle_between, magnitude
from midp_ros.expert.scripted import Rule
from midp_ros.expert.tool_route import NEAR_M, RouteFinder, ToolRoute
from midp_ros.kinematics import ArmModel
from midp_ros.planning import NoMotionError, Obstacle, Planner

MOVED_M, MOVED_RAD = 0.02, 0.2  # of the goal: beyond, its way is planned anew
OFF_M = 0.05  # so far off its way the tool was pushed


class AroundObstacles:
    """Leads the tool along the way that a planner found, wherever the rule's own way is not clear.

    A way is taken only where the arm that tracks the tool is clear all along it, too. Without one the tool stays.

    Args:
        rule: which goal; its last 4 cm are its own.
        obstacles: with names of their own; what the rule touches is none.
        beside: plan on a thread, while the tool stays where it is, and raise NoMotionError while there is no way: for a
            policy in real time, which must not be late.

    Attributes:
        problem: why the tool stays where it is; empty while it moves, and while its way is planned.

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
        beside: bool = False,
    ):
        if "joint_position" not in contract.observation_slices:
            raise ContractError(f"{contract.skill!r} observes no 'joint_position', from which a way is planned")
        self._rule, self._finder = rule, RouteFinder(contract, planner, model, obstacles)
        self._thread = ThreadPoolExecutor(1, "planning") if beside else None
        self.reset()

    def reset(self) -> None:
        """No way is known."""
        self._rule.reset()
        self._goal: Pose | None = None
        self._route: ToolRoute | None = None
        self._planned: Future[ToolRoute | None] | None = None
        self._place_m, self.problem, self._seed = 0.0, "", 0

    def draw(self, rng: np.random.Generator) -> None:
        """The rule's choices, and the plans' seed."""
        if draw := getattr(self._rule, "draw", None):
            draw(rng)
        self._seed = int(rng.integers(1 << 30))

    def close(self) -> None:
        """Ends the thread."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The next pose on the way to the rule's goal, and the rule's gripper width.

        Raises:
            NoMotionError: there is no way, and it plans `beside`.
        """
        goal, width_m = self._rule.goal(observed, tool)
        if self._planned is None and (self._moved(goal) or self._pushed(tool)):
            self._plan(observed["joint_position"], tool, goal)
        if self._planned is not None and self._planned.done():
            self._take(self._planned)
        if self._planned is not None:
            return self._stay, width_m
        if self.problem:
            if self._thread is not None:
                raise NoMotionError(self.problem)
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

    def _plan(self, position_rad: Array, tool: Pose, goal: Pose) -> None:
        """Begins to find the way to a goal."""
        self._goal, self._stay = goal, tool
        if self._thread is not None:
            self._planned = self._thread.submit(self._finder.find, position_rad, tool, goal, self._seed)
            return
        self._planned = Future()
        try:
            self._planned.set_result(self._finder.find(position_rad, tool, goal, self._seed))
        except NoMotionError as e:
            self._planned.set_exception(e)

    def _take(self, planned: Future[ToolRoute | None]) -> None:
        self._planned, self._route, self._place_m, self.problem = None, None, 0.0, ""
        try:
            self._route = planned.result()
        except NoMotionError as e:
            self.problem = str(e)
