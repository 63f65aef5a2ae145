"""From the trajectory that the arm follows to the next one, without a step for a controller that hears of it late.

imports core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import SAME_TIME_S, JointTrajectory


@dataclass(frozen=True)
class TrajectorySplice:
    """Up to `time_s` the new trajectory is the old one; so it makes no difference when until then it arrives.

    Attributes:
        time_s: at a point of the old trajectory [s], where its commands were found to be able to stop.
        state: position [rad], velocity [rad/s] and acceleration [rad/s^2] then, each (joints,).
        kept: the old trajectory from its last point before now up to then.
    """

    time_s: float
    state: tuple[Array, Array, Array]
    kept: JointTrajectory | None

    @classmethod
    def plan(cls, running: JointTrajectory, now_s: float, lead_s: float) -> TrajectorySplice:
        """The first occasion from `now_s + lead_s` on to leave a running trajectory."""
        if now_s > running.time_s[-1]:
            running = resting(now_s, running.position_rad[-1])
        times_s, wanted_s = running.time_s, now_s + lead_s
        later = times_s >= wanted_s - SAME_TIME_S
        time_s = float(times_s[later.argmax()]) if later.any() else wanted_s
        first, end = running.last_before(now_s), int(np.searchsorted(times_s, time_s - SAME_TIME_S))
        kept = running.part(slice(first, end)) if first < end else None
        return cls(time_s, running.sample_with_acceleration(time_s), kept)

    def complete(self, trajectory: JointTrajectory) -> JointTrajectory:
        """The kept part and the trajectory that begins at `time_s`."""
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
    """Holds there from then on."""
    still = np.zeros((1, len(position_rad)))
    return JointTrajectory(np.array([time_s]), np.array(position_rad, float)[None], still, still)
