"""The controllers that a Franka client commands, without ROS; imports core and kinematics."""

from midp_ros.simulation.controllers.goal_outcome import GoalCode, GoalOutcome
from midp_ros.simulation.controllers.joint_target_follower import (
    FollowerState,
    JointTargetFollower,
    StaleTargetError,
)
from midp_ros.simulation.controllers.joint_trajectory_controller import JointTrajectoryController
from midp_ros.simulation.controllers.point_to_point import PointToPoint
from midp_ros.simulation.controllers.synchronised_motion import SynchronisedMotion
from midp_ros.simulation.controllers.tolerances import Tolerances
from midp_ros.simulation.controllers.tracking_state import TrackingState

__all__ = [
    "FollowerState",
    "GoalCode",
    "GoalOutcome",
    "JointTargetFollower",
    "JointTrajectoryController",
    "StaleTargetError",
    "PointToPoint",
    "SynchronisedMotion",
    "Tolerances",
    "TrackingState",
]
