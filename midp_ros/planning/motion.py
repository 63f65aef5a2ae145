"""From a way's waypoints to the timed motion, whichever planner found them; imports control, kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.trajectory_splice import resting
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.planning.rounded_path import rounded
from midp_ros.planning.scene import CollisionScene
from midp_ros.planning.timing import timed

CLOSE_RAD = 1e-6  # waypoints that are one


def motion_along(way_rad: Array, scene: CollisionScene, model: ArmModel, limits: MotionLimits) -> JointTrajectory:
    """The motion along waypoints (points, joints) between which the straight ways are clear, or lead away.

    A single waypoint, where start and goal are one, is a motion that stays there.
    """
    way_rad = distinct(way_rad)
    if len(way_rad) < 2:
        return resting(0.0, way_rad[0])
    return timed(rounded(way_rad, scene.clear_along), model, limits)


def distinct(way_rad: Array) -> Array:
    """Waypoints (points, joints) without those that repeat the one before; the first and the last stay."""
    steps_rad = np.abs(np.diff(way_rad, axis=0)).max(axis=1)
    kept = np.concatenate([[True], steps_rad > CLOSE_RAD])
    if not kept[-1] and kept[:-1].sum() > 1:
        kept[np.flatnonzero(kept)[-1]], kept[-1] = False, True
    return way_rad[kept]
