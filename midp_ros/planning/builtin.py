"""The planner that needs no ROS: OMPL's RRT-Connect over coal's collision checks; imports core, control, kinematics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.planning.goals import goal_positions
from midp_ros.planning.leading_away import clear_start
from midp_ros.planning.motion import motion_along
from midp_ros.planning.request import NoMotionError, PlannerMissingError, PlanRequest, require_possible
from midp_ros.planning.scene import CollisionScene

QUICK = 0.25  # of a joint's highest velocity, which the search leaves it in both directions


class BuiltinPlanner:
    """A Planner in this process."""

    name = "builtin"

    def __init__(self, model: ArmModel):
        self._model = model

    def plan(self, request: PlanRequest) -> JointTrajectory:
        """The motion; raises NoMotionError."""
        profile = self._model.profile
        require_possible(request, profile)
        scene = CollisionScene(self._model, request.obstacles, request.table_height_m, request.margin_m)
        begin_rad = clear_start(scene, request, profile)
        goals_rad = goal_positions(self._model, scene, request)
        limits = MotionLimits(profile, request.fractions)
        bounds_rad = searched(profile, np.stack([request.start_rad, begin_rad, *goals_rad]))
        way_rad = _search()(scene, begin_rad, goals_rad, bounds_rad, request.time_limit_s, request.seed)
        if way_rad is None:
            raise NoMotionError(no_way(request))
        return motion_along(np.stack([request.start_rad, *way_rad]), scene, self._model, limits)

    def close(self) -> None:
        """Nothing runs beside this process."""


def searched(profile: RobotProfile, ends_rad: Array) -> tuple[Array, Array]:
    """Lowest and highest joint positions of a search, each (joints,), the ends of its ways (n, joints) among them.

    Towards the end of a joint's range an FR3's velocity limit falls, to zero for joint 3. A waypoint there would slow
    the whole way down, or make it impossible.
    """
    low_rad, high_rad = profile.positions_of_speed(QUICK)
    return np.minimum(low_rad, ends_rad.min(axis=0)), np.maximum(high_rad, ends_rad.max(axis=0))


def no_way(request: PlanRequest) -> str:
    """That a search found nothing, and what may help."""
    return (
        f"no way around {len(request.obstacles)} obstacles found in {request.time_limit_s:g} s; start and goal are "
        "clear, so the way may be blocked or very narrow: allow more time, a smaller margin, or move an obstacle"
    )


def _search() -> Callable[..., Array | None]:
    """`find_way`: OMPL loads only where it is used."""
    try:
        from midp_ros.planning.search import find_way
    except ModuleNotFoundError as e:
        if e.name != "ompl":
            raise
        raise PlannerMissingError("the built-in planner needs ompl: python3 -m pip install 'ompl>=2,<3'") from None
    return find_way
