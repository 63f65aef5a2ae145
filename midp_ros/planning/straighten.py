"""A dense way with as few waypoints as are clear, whichever planner found it; imports core and the scene."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.planning.motion import distinct
from midp_ros.planning.scene import CollisionScene


def straightened(way_rad: Array, scene: CollisionScene) -> Array | None:
    """Some of a way's waypoints (points, joints), with clear straight ways in between; None: there are none.

    From each waypoint on the last one is tried, then one halfway nearer each time, until the straight way is clear.
    """
    way_rad = distinct(way_rad)
    kept, last = [0], len(way_rad) - 1
    while kept[-1] < last:
        step = last - kept[-1]
        while not scene.clear_straight(way_rad[kept[-1]], way_rad[kept[-1] + step]):
            if step == 1:
                return None
            step //= 2
        kept.append(kept[-1] + step)
    return np.asarray(way_rad[kept])
