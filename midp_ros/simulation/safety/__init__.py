"""A Franka's reflexes on commands and measurements, its mode, and the stop; no physics here.

`MotionMonitor` judges commands, `MeasuredMonitor` and `CollisionMonitor` measurements; each returns the first
`Violation` of a batch or None. `RobotModes.trip` receives it, and `StopTrajectory` brings the arm to rest.
"""

from midp_ros.simulation.safety.collision_monitor import CollisionMonitor, CollisionThresholds, ThresholdError
from midp_ros.simulation.safety.measured_monitor import MeasuredMonitor
from midp_ros.simulation.safety.mode import ModeError, RobotModes
from midp_ros.simulation.safety.motion_monitor import MotionMonitor
from midp_ros.simulation.safety.stop_trajectory import StopTrajectory
from midp_ros.simulation.safety.violation import Violation

__all__ = [
    "StopTrajectory",
    "CollisionMonitor",
    "CollisionThresholds",
    "MeasuredMonitor",
    "ModeError",
    "MotionMonitor",
    "RobotModes",
    "ThresholdError",
    "Violation",
]
