"""Collision scene: the arm, the table and obstacles; imports core and kinematics."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from copy import copy

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmModel
from midp_ros.planning.bodies import Bodies, Contact
from midp_ros.planning.obstacles import Obstacle
from midp_ros.planning.request import NoMotionError

# Distances by which the bodies are grown. Where bodies grown by one of them are clear, so is every configuration from
# which no part of the arm has moved further than that: long looks in the open, short ones beside an obstacle. The first
# is what a motion keeps beyond its margins.
GROWN_M = (0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128)
ROOM_M = 0.008
SHORT_LEVELS = 3  # a collision in the middle of so short a piece shows in its halves soon enough


class CollisionScene:
    """Judges joint positions and motions of one arm; not for several threads.

    Args:
        table_height_m: of the table's plane in the base frame [m]; None: there is no table.
        margin_m: least distance between the arm's bodies and an obstacle [m].

    Raises:
        NoMotionError: there are obstacles, and the robot's profile has no bodies.
    """

    def __init__(
        self,
        model: ArmModel,
        obstacles: Sequence[Obstacle] = (),
        table_height_m: float | None = None,
        margin_m: float = 0.01,
    ):
        if obstacles and not (model.profile.volumes and model.profile.volumes.bodies):
            raise NoMotionError(
                f"the {model.profile.name}'s profile has no volumes.bodies: no distance to an obstacle is known; "
                "add them to the profile, or plan without obstacles"
            )
        self.model = model
        self._grown = [Bodies(model, obstacles, table_height_m, margin_m, grown_m) for grown_m in GROWN_M]
        self._grown_m: tuple[float, ...] = GROWN_M
        self._lever_m = self._grown[0].lever_m

    def roomy(self) -> CollisionScene:
        """The same scene, in which nothing is clear that has less than ROOM_M left beyond its least distance.

        It takes a fraction of the looks: a way that passes closely is looked at millimetre by millimetre.
        """
        scene, level = copy(self), GROWN_M.index(ROOM_M)
        scene._grown, scene._grown_m = self._grown[level:], GROWN_M[level:]
        return scene

    def clear(self, position_rad: Array) -> bool:
        """Whether everything keeps its least distance, and a millimetre beyond, at joint positions (joints,)."""
        return self._grown[0].clear(position_rad)

    def contacts(self, position_rad: Array) -> list[Contact]:
        """What is too close at joint positions (joints,), the worst first."""
        return self._grown[0].contacts(position_rad)

    def gaps(self, position_rad: Array) -> list[Contact]:
        """Every two bodies that are compared, at joint positions (joints,), always in the same order."""
        return self._grown[0].gaps(position_rad)

    def nearest(self, positions_rad: Array) -> Contact | None:
        """The two bodies with the least room between them over some joint positions (n, joints); None: no pairs."""
        gaps = (gap for position_rad in positions_rad for gap in self._grown[0].gaps(position_rad))
        return min(gaps, key=lambda gap: gap.distance_m - gap.least_m, default=None)

    def require_clear(self, what: str, position_rad: Array) -> None:
        """Raises NoMotionError with the worst contact at joint positions (joints,)."""
        if not self.clear(position_rad):
            raise NoMotionError(f"{what} is in collision: {self.reason(position_rad)}")

    def reason(self, position_rad: Array) -> str:
        """The worst contact at joint positions (joints,) in words, and how many there are."""
        contacts = self.contacts(position_rad)
        if not contacts:
            return "within a millimetre of the least distance"
        others = f" (and {len(contacts) - 1} more)" if len(contacts) > 1 else ""
        return f"{contacts[0]}{others}"

    def clear_straight(self, start_rad: Array, end_rad: Array) -> bool:
        """Whether the straight way between joint positions (joints,) is clear, both of its ends included."""
        if not (self.clear(start_rad) and self.clear(end_rad)):
            return False
        way_rad = end_rad - start_rad
        return self.clear_along(lambda share: start_rad + share * way_rad, np.abs(way_rad), 1.0)

    def clear_along(self, curve: Callable[[float], Array], rate_rad: Array, end: float) -> bool:
        """Whether every configuration of a curve from parameter 0 to `end` is clear.

        The middle of a piece is looked at with bodies grown by as much as any part of the arm moves from there to the
        piece's ends; a piece that is not clear so is halved, until that is a millimetre.

        Args:
            curve: from the parameter to joint positions (joints,).
            rate_rad: largest change of each joint for one of the parameter (joints,).
        """
        rate_m = float(rate_rad @ self._lever_m)
        pieces = deque([(0.0, end)])
        while pieces:
            low, high = pieces.popleft()
            middle, reach_m = (low + high) / 2, rate_m * (high - low) / 2
            position_rad = curve(middle)
            level = next((i for i, grown_m in enumerate(self._grown_m) if grown_m >= reach_m), len(self._grown))
            if level < len(self._grown) and self._grown[level].clear(position_rad):
                continue
            if level == 0 or level > SHORT_LEVELS and not self._grown[0].clear(position_rad):
                return False
            pieces += (low, middle), (middle, high)
        return True
