"""Check of a planned motion, before it is sent: the arm must touch neither itself nor the table.

Imports core and kinematics.
"""

from __future__ import annotations

import threading

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.clearance import FINGERS, TABLE, Clearance, Gap

# Between two looks nothing moves further than this: what is missed there is at most half of it, and the clearance's
# margin before the robot's own limit is that half (BEFORE_LINKS_M).
LOOK_M = 0.01
# That a motion which begins too close may come closer still, by rounding. Every plan may do so: with a millimetre, a
# hundred plans a second crept into the robot's own limit at any speed below 10 cm/s.
NO_CLOSER_M = 1e-5


class CollisionError(MidpError):
    """A motion that would touch the arm itself or the table; the message names both."""


class CollisionCheck:
    """Judges motions of one arm; may be called from several threads.

    A motion that begins too close to something, because the arm was guided there, may lead away from it.

    Args:
        table_height_m: of the table's plane in the arm's base frame [m]; None: unknown, the table is not checked.
        further_m: by which every least distance is larger.
    """

    def __init__(self, model: ArmModel, table_height_m: float | None = None, further_m: float = 0.0):
        self._clearance, self._table_height_m = Clearance(model, table_height_m, further_m), table_height_m
        self._lever_m, self._using = model.lever_m, threading.Lock()

    def require_clear(self, motion: JointTrajectory) -> None:
        """Raises CollisionError where the motion comes too close to something; takes 7 us a look."""
        with self._using:
            for position_rad in self._looks(motion.position_rad):
                if closer := self._clearance.closer(position_rad, motion.position_rad[0], NO_CLOSER_M):
                    raise CollisionError(self._problem(min(closer, key=lambda gap: gap.distance_m - gap.least_m)))

    def _looks(self, position_rad: Array) -> Array:
        """Positions (looks, joints) along a path (points, joints), LOOK_M apart at most, with both of its ends."""
        ways_m = np.abs(np.diff(position_rad, axis=0)) @ self._lever_m
        way_m = np.concatenate([[0.0], np.cumsum(ways_m)])  # at each point; no place of the arm has moved further
        at_m = np.linspace(0.0, way_m[-1], int(np.ceil(way_m[-1] / LOOK_M)) + 1)
        return np.stack([np.interp(at_m, way_m, joint_rad) for joint_rad in position_rad.T], axis=1)

    def _problem(self, gap: Gap) -> str:
        first = f"the {FINGERS}" if gap.first == FINGERS else gap.first
        # The numbers follow a colon: with other numbers it is the same hold, and no news.
        figures = f"{100 * gap.distance_m:.1f} cm, {100 * gap.least_m:.3g} cm is the least"
        if gap.second == TABLE:
            return f"planned motion would bring {first} into the table: {figures} above z = {self._table_height_m:g} m"
        return f"planned motion would bring {first} too close to {gap.second}: {figures}"
