"""The planner that asks MoveIt for the way; the motion along it, and its judge, are ours. Imports core, kinematics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from time import perf_counter
from typing import Any

import numpy as np

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.clearance import LEAST_ABOVE_TABLE_M, LEAST_OF_FINGERS_M
from midp_ros.kinematics.profile_parts import LinkVolumes
from midp_ros.planning.bodies import Bodies
from midp_ros.planning.goals import goal_positions
from midp_ros.planning.leading_away import clear_start
from midp_ros.planning.motion import motion_along
from midp_ros.planning.moveit.description import parameters
from midp_ros.planning.moveit.process import MoveItProcess
from midp_ros.planning.obstacles import Obstacle
from midp_ros.planning.request import NoMotionError, PlanRequest, require_possible
from midp_ros.planning.scene import CollisionScene
from midp_ros.planning.straighten import straightened

# MoveIt looks at a way at steps, and passes an obstacle as closely as it may: what it plans around is grown by this
# beyond the margin. Where that leaves no way, by less; and never so far that its corners reach the start or the goal.
ROOMS_M = (0.012, 0.006, 0.002)
CORNER, NOT_REACHED_M = 3**0.5, 5e-4
TABLE, TABLE_SIZE_M = "table", (3.0, 3.0, 0.1)
ON_TABLE = ("link0", "link1", "link2")  # stand on it or turn above it


class MoveItPlanner:
    """A Planner; MoveIt starts at once, beside this process.

    Raises:
        PlannerMissingError: there is no MoveIt, or none of its configuration for the robot.
    """

    name = "moveit"

    def __init__(self, model: ArmModel):
        self._model, self._process = model, MoveItProcess(parameters(model.profile))
        bodies = model.profile.volumes.bodies if model.profile.volumes else ()
        solid = replace(model.profile, volumes=LinkVolumes(0.0, bodies)) if bodies else model.profile
        self._bodies = Bodies(ArmModel(solid), (), None, 0.0, NOT_REACHED_M)

    def plan(self, request: PlanRequest) -> JointTrajectory:
        """The motion; raises NoMotionError and PlannerMissingError."""
        require_possible(request, self._model.profile)
        process = self._process
        request = replace(request, obstacles=(*request.obstacles, *self._published(process, request)))
        scene = CollisionScene(self._model, request.obstacles, request.table_height_m, request.margin_m)
        begin_rad = self._begin(scene, request)
        goals_rad = goal_positions(self._model, scene, request)
        way_rad = self._way(process, scene, replace(request, start_rad=begin_rad), goals_rad)
        limits = MotionLimits(self._model.profile, request.fractions)
        return motion_along(np.stack([request.start_rad, *way_rad]), scene, self._model, limits)

    def close(self) -> None:
        """Ends MoveIt's process."""
        self._process.close()

    def _begin(self, scene: CollisionScene, request: PlanRequest) -> Array:
        """The start, or where the corners of grown obstacles do not reach; raises NoMotionError."""
        margin_m = CORNER * (request.margin_m + ROOMS_M[-1]) + 2 * NOT_REACHED_M
        wide = CollisionScene(self._model, request.obstacles, request.table_height_m, margin_m)
        try:
            return clear_start(wide, request, self._model.profile)
        except NoMotionError:  # there is not so much room, or the reason is another one
            return clear_start(scene, request, self._model.profile)

    def _published(self, process: MoveItProcess, request: PlanRequest) -> Sequence[Obstacle]:
        """What /planning_scene has brought."""
        known = {obstacle.name for obstacle in request.obstacles}
        found = [Obstacle(**values) for values in process.ask({"world": True}).get("obstacles", [])]
        return [obstacle for obstacle in found if obstacle.name not in known]

    def _way(
        self, process: MoveItProcess, scene: CollisionScene, request: PlanRequest, goals_rad: Sequence[Array]
    ) -> Array:
        """Waypoints with clear straight ways in between."""
        end_s, problem, possible = perf_counter() + request.time_limit_s, "", True
        while possible:
            possible = False  # that MoveIt takes start and goal of any request
            for room_m, goal_rad in product(ROOMS_M, goals_rad):
                if (left_s := end_s - perf_counter()) <= 0:
                    problem = problem or "MoveIt found no way"
                    raise NoMotionError(f"{problem}; allow more than {request.time_limit_s:g} s")
                answer = process.ask(self._question(scene, request, goal_rad, room_m, left_s), left_s)
                possible |= not answer.get("blocked")
                if problem := answer.get("problem", ""):
                    continue
                way_rad = np.array([request.start_rad, *answer["way_rad"], goal_rad])
                if (clear_rad := straightened(way_rad, scene)) is not None:
                    return clear_rad
                problem = "MoveIt's ways came closer to an obstacle than the margin"
        raise NoMotionError(f"{problem}, which the distances of midp_ros do not show; planner builtin may find a way")

    def _question(
        self, scene: CollisionScene, request: PlanRequest, goal_rad: Array, room_m: float, left_s: float
    ) -> dict[str, Any]:
        ends = [gap for position_rad in (request.start_rad, goal_rad) for gap in scene.gaps(position_rad)]
        obstacles = []
        for obstacle in request.obstacles:
            left_m = min(gap.distance_m for gap in ends if gap.second == obstacle.title) / CORNER - NOT_REACHED_M
            obstacles.append(grown(obstacle, max(0.0, min(request.margin_m + room_m, left_m))).plain())
        allowed = []
        if request.table_height_m is not None:
            ends_m = [self._bodies.lowest_m(q, len(ON_TABLE)) for q in (request.start_rad, goal_rad)]
            above_m = request.table_height_m + LEAST_ABOVE_TABLE_M + room_m
            top_m = max(request.table_height_m + LEAST_OF_FINGERS_M, min(above_m, *ends_m))
            centre_m = np.array([0.0, 0.0, top_m - TABLE_SIZE_M[2] / 2])
            obstacles.append(Obstacle(TABLE, "box", np.array(TABLE_SIZE_M), centre_m).plain())
            allowed = [(TABLE, f"{self._model.profile.own_type}_{link}") for link in ON_TABLE]
        return {
            "start_rad": request.start_rad.tolist(),
            "goal_rad": goal_rad.tolist(),
            "obstacles": obstacles,
            "allowed": allowed,
            "time_limit_s": max(left_s, 0.1),
        }


def grown(obstacle: Obstacle, by_m: float) -> Obstacle:
    """An obstacle larger by a distance on every side."""
    more_m = {"box": [2 * by_m] * 3, "sphere": [by_m], "cylinder": [by_m, 2 * by_m]}[obstacle.shape]
    return replace(obstacle, size_m=obstacle.size_m + np.array(more_m))
