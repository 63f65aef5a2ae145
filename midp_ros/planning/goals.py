"""The joint positions that a request's goal stands for, each clear; imports core, kinematics and the scene."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.kinematics.workspace import Workspace
from midp_ros.planning.request import NoMotionError, PlanRequest
from midp_ros.planning.scene import CollisionScene

# An arm with seven joints reaches a pose in many postures; a few, nearest first, leave the search a choice.
POSTURES, ATTEMPTS = 6, 30
FURTHER_ATTEMPTS = 300  # where none of those is clear
SAME_RAD = 0.05


def goal_positions(model: ArmModel, scene: CollisionScene, request: PlanRequest) -> list[Array]:
    """Joint positions (joints,) that reach the goal, the nearest to the start first.

    Raises:
        NoMotionError: the goal is out of reach, or in collision in every posture that was found.
    """
    if not isinstance(request.goal, Pose):
        scene.require_clear("goal", request.goal)
        return [request.goal]
    return _postures(model, scene, request, request.goal)


def _postures(model: ArmModel, scene: CollisionScene, request: PlanRequest, goal: Pose) -> list[Array]:
    if problem := Workspace(model).problem(goal.position_m):
        raise NoMotionError(f"goal cannot be reached: {problem}")
    profile, found, clear = model.profile, list[Array](), list[Array]()
    solver, random = InverseKinematics(model, max_attempts=1), np.random.default_rng([request.seed, 4])
    nearest, nearest_error = None, np.inf
    for attempt in range(FURTHER_ATTEMPTS):
        if len(clear) >= POSTURES or (attempt >= ATTEMPTS and clear):
            break
        begin_rad = random.uniform(profile.position_min_rad, profile.position_max_rad)
        solution = solver.solve(goal, request.start_rad if attempt == 0 else begin_rad)
        error = solution.position_error_m + 0.1 * solution.rotation_error_rad
        if error < nearest_error:
            nearest, nearest_error = solution, error
        position_rad = solution.position_rad
        if not solution.converged or any(np.abs(position_rad - other).max() < SAME_RAD for other in found):
            continue
        found.append(position_rad)
        if scene.clear(position_rad):
            clear.append(position_rad)
    if clear:
        return sorted(clear, key=lambda position_rad: float(np.linalg.norm(position_rad - request.start_rad)))
    if found:
        easiest = min(found, key=lambda q: max((c.least_m - c.distance_m for c in scene.contacts(q)), default=0.0))
        raise NoMotionError(
            f"goal is in collision in each of the {len(found)} postures found: at best {scene.reason(easiest)}"
        )
    assert nearest is not None
    raise NoMotionError(
        f"goal cannot be reached: the nearest tool pose found is {100 * nearest.position_error_m:.1f} cm and "
        f"{np.degrees(nearest.rotation_error_rad):.1f} deg away"
    )
