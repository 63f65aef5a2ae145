"""Search for a way through joint space by OMPL's RRT-Connect; imports ompl and the collision scene.

Kuffner and LaValle 2000, "RRT-Connect: An efficient approach to single-query path planning"; OMPL's implementation, its
samplers and its shortcutting, on our own collision checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np
from ompl import base, geometric, util

from midp_ros.core.arrays import Array
from midp_ros.planning.scene import CollisionScene

RANGE_RAD = 1.0  # longest edge of a tree
SHORTCUTS = 150  # tried at the most; no clock, so that equal seeds give equal ways
WASTED_SHORTCUTS = 40  # in a row
ROOMY_SHARE = 0.5  # of the time, for ways that pass nothing closely; for those that must, the rest is left
SHORTCUT_SHARE = 0.5  # of the way that one may span


def find_way(
    scene: CollisionScene,
    start_rad: Array,
    goals_rad: Sequence[Array],
    bounds_rad: tuple[Array, Array],
    time_limit_s: float,
    seed: int,
) -> Array | None:
    """Waypoints (points, joints) from the start to one of the goals, straight and clear in between; None: none found.

    Args:
        goals_rad: each clear, (joints,), the nearest first. A straight way to that one is taken at once, and to another
            one where the search finds nothing shorter.
        bounds_rad: lowest and highest joint positions, each (joints,).
    """
    end_s = perf_counter() + time_limit_s
    roomy = scene.roomy()
    if roomy.clear(start_rad) and (clear_rad := [goal_rad for goal_rad in goals_rad if roomy.clear(goal_rad)]):
        way_rad = _shortest(roomy, start_rad, clear_rad, bounds_rad, ROOMY_SHARE * time_limit_s, seed)
        if way_rad is not None:
            return way_rad
    return _shortest(scene, start_rad, goals_rad, bounds_rad, end_s - perf_counter(), seed)


def _shortest(
    scene: CollisionScene,
    start_rad: Array,
    goals_rad: Sequence[Array],
    bounds_rad: tuple[Array, Array],
    time_limit_s: float,
    seed: int,
) -> Array | None:
    straight = (np.stack([start_rad, goal]) for goal in goals_rad if scene.clear_straight(start_rad, goal))
    ways = list(islice(straight, 1))
    if not ways or not np.array_equal(ways[0][-1], goals_rad[0]):
        search = _Search(scene, bounds_rad, seed)
        try:
            ways += search.way(start_rad, goals_rad, time_limit_s)
        finally:
            search.close()
    return min(ways, key=length_rad, default=None)


def length_rad(way_rad: Array) -> float:
    """Of a way through waypoints (points, joints)."""
    return float(np.linalg.norm(np.diff(way_rad, axis=0), axis=1).sum())


class _Search:
    def __init__(self, scene: CollisionScene, bounds_rad: tuple[Array, Array], seed: int):
        util.noOutputHandler()
        util.RNG.setSeed(seed + 1)  # 0 is none; the samplers made from here on draw their seeds from this one
        self._joints = len(bounds_rad[0])
        space, bounds = base.RealVectorStateSpace(self._joints), base.RealVectorBounds(self._joints)
        for joint, (low, high) in enumerate(zip(*bounds_rad, strict=True)):
            bounds.setLow(joint, float(low))
            bounds.setHigh(joint, float(high))
        space.setBounds(bounds)
        self._information = base.SpaceInformation(space)
        self._information.setStateValidityChecker(lambda state: scene.clear(self._position_rad(state)))
        self._validator = _motion_validator(self._information, scene, self._position_rad)
        self._information.setMotionValidator(self._validator)
        self._information.setup()

    def way(self, start_rad: Array, goals_rad: Sequence[Array], time_limit_s: float) -> list[Array]:
        """The way that was found, or none."""
        problem = base.ProblemDefinition(self._information)
        problem.addStartState(self._state(start_rad))
        goals = base.GoalStates(self._information)
        for goal_rad in goals_rad:
            goals.addState(self._state(goal_rad))
        problem.setGoal(goals)
        planner = geometric.RRTConnect(self._information)
        planner.setRange(RANGE_RAD)
        planner.setProblemDefinition(problem)
        planner.setup()
        end_s = perf_counter() + time_limit_s
        planner.solve(base.PlannerTerminationCondition(lambda: perf_counter() > end_s))
        if not problem.hasExactSolution():
            return []
        path = problem.getSolutionPath()
        simplifier = geometric.PathSimplifier(self._information)
        simplifier.reduceVertices(path)
        simplifier.partialShortcutPath(path, SHORTCUTS, WASTED_SHORTCUTS, SHORTCUT_SHARE)
        simplifier.reduceVertices(path)
        return [np.array([self._position_rad(path.getState(i)) for i in range(path.getStateCount())])]

    def close(self) -> None:
        """Puts OMPL's own checks in the place of Python's: OMPL's objects hold those, and they hold OMPL's."""
        plain = base.SpaceInformation(self._information.getStateSpace())
        self._information.setStateValidityChecker(base.AllValidStateValidityChecker(self._information))
        plain.setStateValidityChecker(base.AllValidStateValidityChecker(plain))
        plain.setup()
        self._information.setMotionValidator(plain.getMotionValidator())

    def _position_rad(self, state: Any) -> Array:
        return np.array([state[joint] for joint in range(self._joints)])

    def _state(self, position_rad: Array) -> Any:
        state = self._information.allocState()
        for joint, value in enumerate(position_rad):
            state[joint] = float(value)
        return state


def _motion_validator(information: Any, scene: CollisionScene, position_rad: Any) -> Any:
    class Validator(base.MotionValidator):  # type: ignore[misc]
        def checkMotion(self, one: Any, other: Any, *last_valid: Any) -> bool:  # noqa: N802
            return scene.clear_straight(position_rad(one), position_rad(other))

    return Validator(information)
