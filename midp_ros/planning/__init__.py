"""Motions around obstacles, timed within the arm's limits; imports core, kinematics, control, ompl."""

from midp_ros.planning.obstacles import Obstacle, read_obstacles
from midp_ros.planning.planners import make_planner
from midp_ros.planning.request import NoMotionError, Planner, PlannerMissingError, PlanRequest

__all__ = [
    "NoMotionError",
    "Obstacle",
    "PlanRequest",
    "Planner",
    "PlannerMissingError",
    "make_planner",
    "read_obstacles",
]
