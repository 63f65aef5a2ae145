"""Splice of two trajectories, without a step for a controller that receives the new one late; imports core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import SAME_TIME_S, JointTrajectory


@dataclass(frozen=True)
class TrajectorySplice:
    """The place where a new trajectory takes over.

    Up to it the new one is the old one, so that it may arrive at any time before.

    Attributes:
        time_s: at a point of the old trajectory [s], where its states are known to be able to stop.
        state: position [rad], velocity [rad/s] and acceleration [rad/s^2] then, each (joints,).
        kept: the old trajectory from its last point before the present up to then.
    """

    time_s: float
    state: tuple[Array, Array, Array]
    kept: JointTrajectory | None

    @classmethod
    def plan(cls, running: JointTrajectory, now_s: float, lead_s: float) -> TrajectorySplice:
        """The first place from `now_s + lead_s` on to leave a running trajectory."""
        if now_s > running.time_s[-1]:
            running = resting(now_s, running.position_rad[-1])
        times_s, wanted_s = running.time_s, now_s + lead_s
        later = times_s >= wanted_s - SAME_TIME_S
        time_s = float(times_s[later.argmax()]) if later.any() else wanted_s
        first, end = running.last_before(now_s), int(np.searchsorted(times_s, time_s - SAME_TIME_S))
        kept = running.part(slice(first, end)) if first < end else None
        return cls(time_s, running.sample_with_acceleration(time_s), kept)

    def complete(self, trajectory: JointTrajectory) -> JointTrajectory:
        """The kept part followed by a trajectory that begins at `time_s`."""
        if self.kept is None:
            return trajectory
        parts = self.kept, trajectory
        return JointTrajectory(
            np.concatenate([p.time_s for p in parts]),
            np.concatenate([p.position_rad for p in parts]),
            np.concatenate([p.velocity_rad_s for p in parts]),
            np.concatenate([p.acceleration_rad_s2 for p in parts]),
        )


def resting(time_s: float, position_rad: Array) -> JointTrajectory:
    """The trajectory of an arm that is held (joints,) from a time on [s]."""
    still = np.zeros((1, len(position_rad)))
    return JointTrajectory(np.array([time_s]), np.array(position_rad, float)[None], still, still)
