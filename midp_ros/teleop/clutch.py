"""Clutch: from the poses of a hand to a goal for the tool, by the hand's motion since the clutch was closed.

Imports core. Increments are scaled, not the whole way: a scale that changes while moving makes no jump.
"""

from __future__ import annotations

import numpy as np

from midp_ros.core.pose import Pose, angle_between

JUMP_M, JUMP_RAD = 0.15, 0.8  # between two inputs: a tracker that lost its place, no hand


class Clutch:
    """Follows one hand while its clutch is closed.

    Attributes:
        jumps: how often the hand's pose jumped; such a motion is left out.
    """

    def __init__(self) -> None:
        self.jumps = 0
        self.open()

    def open(self) -> None:
        """The hand's motion counts no more."""
        self._hand: Pose | None = None
        self._goal: Pose | None = None

    def follow(self, hand: Pose, tool: Pose, scale: float) -> Pose:
        """The tool's goal.

        Args:
            hand: the newest pose of the hand, in the base's axes.
            tool: where the tool's target is; the goal starts there when the clutch closes.
            scale: share of the hand's translation that the tool makes.
        """
        if self._hand is None or self._goal is None:
            self._hand, self._goal = hand, tool
            return tool
        shift_m = hand.position_m - self._hand.position_m
        if np.linalg.norm(shift_m) > JUMP_M or angle_between(self._hand.rotation, hand.rotation) > JUMP_RAD:
            self.jumps += 1
        else:
            turn = hand.rotation @ self._hand.rotation.T
            self._goal = Pose(self._goal.position_m + scale * shift_m, turn @ self._goal.rotation)
        self._hand = hand
        return self._goal
