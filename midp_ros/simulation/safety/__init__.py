"""What makes a Franka stop, and how: reflexes on what is commanded and measured, the mode, the stop; no physics here.

`MotionMonitor` judges commands, `MeasuredMonitor` and `CollisionMonitor` what is measured; each answers with the first
`Violation` of a batch or None. `RobotModes.trip` takes it, and `StopTrajectory` says how the arm comes to rest.
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
