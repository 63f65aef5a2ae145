"""From action chunks to commands: scheduling, shaping, hand-over, gripper goals, supervision.

Imports core and kinematics, no ROS.
"""

from midp_ros.control.chunk_hand_over import HANDOVERS, HandOverError
from midp_ros.control.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.gripper_goals import GripperGoals
from midp_ros.control.interlock import Interlock, InterlockError
from midp_ros.control.limits import LimitError, LimitFractions, MotionLimits
from midp_ros.control.recovery import Recovery, RecoveryError, Step
from midp_ros.control.regularity import Regularity
from midp_ros.control.robot_condition import RobotCondition
from midp_ros.control.runner import PolicyRunner
from midp_ros.control.scheduler import ChunkScheduler
from midp_ros.control.shaped_motion import shaped_trajectory
from midp_ros.control.shaping import CommandShaper
from midp_ros.control.start_pose import start_motion
from midp_ros.control.stopping import stopping_trajectory
from midp_ros.control.supervision import Sample, State, Supervisor

__all__ = [
    "HANDOVERS",
    "ChunkScheduler",
    "CommandShaper",
    "Commands",
    "GripperGoals",
    "HandOverError",
    "Interlock",
    "InterlockError",
    "Issued",
    "LimitError",
    "LimitFractions",
    "MotionLimits",
    "PolicyRunner",
    "Recovery",
    "RecoveryError",
    "Regularity",
    "RobotCondition",
    "RunnerStatus",
    "Sample",
    "State",
    "Step",
    "Supervisor",
    "Tracker",
    "shaped_trajectory",
    "start_motion",
    "stopping_trajectory",
]
