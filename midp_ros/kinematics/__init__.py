"""The Franka arm's geometry: profiles, limits, forward and inverse kinematics; imports core and pinocchio."""

from midp_ros.kinematics.dynamics import ArmDynamics
from midp_ros.kinematics.inverse import IkSolution, InverseKinematics
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.profile import RobotProfile, available_robots
from midp_ros.kinematics.rest_to_rest import RestToRest
from midp_ros.kinematics.tracking import JointTracker, ToolTracker, commanded_tool_m, tracker_of

__all__ = [
    "ArmDynamics",
    "ArmModel",
    "IkSolution",
    "InverseKinematics",
    "JointTracker",
    "RestToRest",
    "RobotProfile",
    "ToolTracker",
    "available_robots",
    "commanded_tool_m",
    "tracker_of",
]
