"""From action chunks to commands that the robot accepts. Mathematics only; imports core and kinematics.

loop         a policy in closed loop: window in, chunk, motion, commands out
chunks       which action of which chunk is in force, and how a chunk takes over
shaping      motions within position, velocity, acceleration and jerk limits, always able to stop
supervision  observation monitor, latched stops, recovery
streaming    a motion as setpoints at a fixed rate
timing       jitter and percentiles
"""

from midp_ros.control.chunks.chunk_hand_over import HANDOVERS, HandOverError
from midp_ros.control.chunks.scheduler import ChunkScheduler
from midp_ros.control.loop.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.loop.gripper_goals import GripperGoals
from midp_ros.control.loop.runner import PolicyRunner
from midp_ros.control.loop.start_pose import start_motion
from midp_ros.control.shaping.collision_check import CollisionCheck, CollisionError
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.shaping.limits import LimitError, LimitFractions, MotionLimits
from midp_ros.control.shaping.shaped_motion import shaped_head, shaped_trajectory
from midp_ros.control.shaping.stop_trajectory import stop_trajectory
from midp_ros.control.supervision.contact_guard import ContactGuard, ExternalForces
from midp_ros.control.supervision.latched_stop import LatchedStop, LatchedStopError
from midp_ros.control.supervision.observation_monitor import ObservationMonitor, Sample, State
from midp_ros.control.supervision.plausibility import PlausibilityCheck
from midp_ros.control.supervision.recovery import Recovery, RecoveryError, Step
from midp_ros.control.supervision.robot_condition import RobotCondition
from midp_ros.control.timing.jitter import Jitter

__all__ = [
    "HANDOVERS",
    "ChunkScheduler",
    "CollisionCheck",
    "CollisionError",
    "CommandShaper",
    "ContactGuard",
    "ExternalForces",
    "Commands",
    "GripperGoals",
    "HandOverError",
    "LatchedStop",
    "LatchedStopError",
    "Issued",
    "LimitError",
    "LimitFractions",
    "MotionLimits",
    "PlausibilityCheck",
    "PolicyRunner",
    "Recovery",
    "RecoveryError",
    "Jitter",
    "RobotCondition",
    "RunnerStatus",
    "Sample",
    "State",
    "Step",
    "ObservationMonitor",
    "Tracker",
    "shaped_head",
    "shaped_trajectory",
    "start_motion",
    "stop_trajectory",
]
