"""From action chunks to commands: scheduling, hand-over, gripper goals, supervision; imports core, no ROS."""

from midp_ros.control.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.gripper_goals import GripperGoals
from midp_ros.control.runner import PolicyRunner
from midp_ros.control.scheduler import ChunkScheduler
from midp_ros.control.stopping import stopping_trajectory
from midp_ros.control.supervision import Sample, State, Supervisor

__all__ = [
    "ChunkScheduler",
    "Commands",
    "GripperGoals",
    "Issued",
    "PolicyRunner",
    "RunnerStatus",
    "Sample",
    "State",
    "Supervisor",
    "Tracker",
    "stopping_trajectory",
]
