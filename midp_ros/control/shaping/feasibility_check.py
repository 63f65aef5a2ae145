"""Feasibility check: whether a setpoint keeps every limit on the way to it and can stop after it.

Imports control's limits.
"""

from __future__ import annotations

import numpy as np

from midp_ros.control.shaping.limits import Flags, MotionLimits
from midp_ros.control.shaping.quintic import control_point_maps
from midp_ros.control.shaping.stop_on_grid import StopOnGrid
from midp_ros.core.arrays import Array

EXCESS = 1 + 1e-9  # of rounding in accelerations and jerks


class FeasibilityCheck:
    """Judges the quintic of one period and the stop after it.

    States (..., 3, joints) are positions [rad], velocities [rad/s] and accelerations [rad/s^2].
    """

    def __init__(self, limits: MotionLimits, period_s: float):
        self._limits, self._period_s = limits, period_s
        self._position, self._velocity, acceleration, jerk = control_point_maps(period_s)
        self._bends = np.concatenate([acceleration, jerk])
        highest = limits.acceleration_rad_s2, limits.jerk_rad_s3
        self._bend_limits = EXCESS * np.repeat(np.stack(highest), (len(acceleration), len(jerk)), axis=0)
        # Of any stop: its first phase, and how long it lasts beyond v / a together with the period before it.
        begin, end = (np.ceil(k * highest[0] / (highest[1] * period_s)) for k in (2, 1))
        self._begin_s, self._ramps_s = begin * period_s, (begin + end + 2) * period_s

    def surely(self, now: Array, then: Array) -> Flags:
        """Which steps (n,), from states to states (n, 3, joints), keep all joints far from their limits.

        Bounds that are quick to work out decide; near a limit they are too strict, and `admit` has to look closer.
        """
        bends = np.abs(self._bends @ np.concatenate([now, then], axis=1)) <= self._bend_limits
        limits, q = self._limits, then[:, 0]
        highest = limits.acceleration_rad_s2
        speed = np.abs(then[:, 1]) + highest * self._begin_s
        reach = speed * (speed / highest + self._ramps_s)
        low, high = q - reach, q + reach
        inside = (low >= limits.position_min_rad) & (high <= limits.position_max_rad)
        flags: Flags = bends.all(axis=(1, 2)) & (inside & limits.allow(low, high, -speed, speed)).all(axis=1)
        return flags

    def admit(self, now: Array, then: Array) -> tuple[Flags, StopOnGrid]:
        """Which joints of candidates (n, 3, joints) arrive within the limits and can stop from there, and the stops."""
        limits = self._limits
        ends = np.concatenate([np.broadcast_to(now, then.shape), then], axis=1)
        position, velocity = self._position @ ends, self._velocity @ ends
        low, high = position.min(axis=1), position.max(axis=1)
        brake = StopOnGrid.plan(limits, self._period_s, then)
        fine = (
            (np.abs(self._bends @ ends) <= self._bend_limits).all(axis=1)
            & limits.contain(low, high, now[0])
            & limits.allow(low, high, velocity.min(axis=1), velocity.max(axis=1))
            & brake.within(limits)
        )
        return fine, brake
