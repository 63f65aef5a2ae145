"""Check of a planned motion, before it is sent: the arm must touch neither itself nor the table.

Imports core and kinematics.
"""

from __future__ import annotations

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.clearance import FINGERS, TABLE, Clearance, Gap

EVERY = 3  # points of a shaped trajectory between two looks: 30 ms, in which a tool at 0.5 m/s moves by 1.5 cm
NO_CLOSER_M = 1e-3  # that a motion which begins too close may come closer still, as by rounding


class CollisionError(MidpError):
    """A motion that would touch the arm itself or the table; the message names both."""


class CollisionCheck:
    """Judges motions of one arm.

    A motion that begins too close to something, because the arm was guided there, may lead away from it.

    Args:
        table_height_m: of the table's plane in the arm's base frame [m]; None: unknown, the table is not checked.
    """

    def __init__(self, model: ArmModel, table_height_m: float | None = None):
        self._clearance, self._table_height_m = Clearance(model, table_height_m), table_height_m

    def require_clear(self, motion: JointTrajectory) -> None:
        """Raises CollisionError where the motion comes too close to something; takes 7 us a look."""
        positions_rad = motion.position_rad
        for position_rad in (*positions_rad[::EVERY], positions_rad[-1]):
            if self._clearance.too_close(position_rad):
                self._require_leading_away(positions_rad[0], position_rad)

    def _require_leading_away(self, start_rad: Array, position_rad: Array) -> None:
        gaps, start = self._clearance.gaps(position_rad), self._clearance.gaps(start_rad)
        closer = [
            gap for gap, before in zip(gaps, start, strict=True) if gap.distance_m < before.distance_m - NO_CLOSER_M
        ]
        worst = min(closer, key=lambda gap: gap.distance_m - gap.least_m, default=None)
        if worst is not None and worst.distance_m < worst.least_m:
            raise CollisionError(self._problem(worst))

    def _problem(self, gap: Gap) -> str:
        first = f"the {FINGERS}" if gap.first == FINGERS else gap.first
        # The numbers follow a colon: with other numbers it is the same hold, and no news.
        figures = f"{100 * gap.distance_m:.1f} cm, {100 * gap.least_m:g} cm is the least"
        if gap.second == TABLE:
            return f"planned motion would bring {first} into the table: {figures} above z = {self._table_height_m:g} m"
        return f"planned motion would bring {first} too close to {gap.second}: {figures}"
