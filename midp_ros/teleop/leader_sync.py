"""Leader sync: the arm moves slowly to its leader first, and follows only then; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array

SYNC_RAD_S = 0.3  # to the leader
SYNC_RAD_S2, FOLLOW_RAD_S2 = 1.5, 8.0
REACHED_RAD = 0.02
SYNCING, FOLLOWING = "syncing", "following"


class LeaderSync:
    """Joint positions that follow a leader arm with bounded speed and acceleration.

    Args:
        follow_rad_s: largest joint speeds once it follows (joints,).
        low_rad, high_rad: range of the joints (joints,).

    Attributes:
        state: `syncing` or `following`.
    """

    def __init__(self, follow_rad_s: Array, low_rad: Array, high_rad: Array):
        self._follow_rad_s, self._low_rad, self._high_rad = follow_rad_s, low_rad, high_rad
        self.begin(np.clip(np.zeros_like(low_rad), low_rad, high_rad))

    def begin(self, position_rad: Array) -> None:
        """Starts at rest at joint positions (joints,), before it has reached the leader."""
        self.state = SYNCING
        self.position_rad, self._velocity_rad_s = np.array(position_rad, float), np.zeros(len(position_rad))

    def advance(self, leader_rad: Array | None, duration_s: float) -> Array:
        """Positions (joints,) a short time [s] later; without a leader it comes to rest."""
        self._step(leader_rad, duration_s)
        if leader_rad is not None and np.abs(self._goal(leader_rad) - self.position_rad).max() < REACHED_RAD:
            self.state = FOLLOWING
        return self.position_rad

    def ahead(self, leader_rad: Array | None, lasts_s: float, steps: int, step_s: float) -> Array:
        """The next positions (steps, joints), where the leader is followed for a while [s]; it does not move on."""
        kept = self.state, self.position_rad, self._velocity_rad_s
        path = []
        for k in range(steps):
            self._step(leader_rad if k * step_s < lasts_s else None, step_s)
            path.append(self.position_rad)
        self.state, self.position_rad, self._velocity_rad_s = kept
        return np.stack(path)

    def _goal(self, leader_rad: Array) -> Array:
        return np.minimum(np.maximum(leader_rad, self._low_rad), self._high_rad)

    def _step(self, leader_rad: Array | None, duration_s: float) -> None:
        syncs = self.state == SYNCING
        speed, most = (SYNC_RAD_S, SYNC_RAD_S2) if syncs else (self._follow_rad_s, FOLLOW_RAD_S2)
        if leader_rad is None:
            wanted = np.zeros_like(self.position_rad)
        else:
            offset = self._goal(leader_rad) - self.position_rad
            away = np.abs(offset)
            braking = most * (np.sqrt(0.25 * duration_s**2 + 2 * away / most) - 0.5 * duration_s)
            wanted = np.sign(offset) * np.minimum(np.minimum(speed, braking), away / duration_s)
        change = np.clip(wanted - self._velocity_rad_s, -most * duration_s, most * duration_s)
        self._velocity_rad_s = self._velocity_rad_s + change
        self.position_rad = self.position_rad + duration_s * self._velocity_rad_s
