"""Stop on a grid of periods, as soon as acceleration and jerk limits allow; imports control's limits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.shaping.limits import Flags, MotionLimits
from midp_ros.core.arrays import Array

PIECES = 12  # of the stop, within each of which the outermost position and the highest velocity are compared


@dataclass(frozen=True)
class StopOnGrid:
    """The stop of every joint by itself: its acceleration goes to a deceleration, stays, and goes to zero.

    Each of the three phases takes whole periods at one jerk, so that the states at the periods' ends are all that is
    needed: the quintic between two of them is the cubic of the stop. Arrays are (..., joints).

    Attributes:
        state: position [rad], velocity [rad/s] and acceleration [rad/s^2] where the stop begins (..., 3, joints).
        deceleration_rad_s2: of the middle phase, positive against a positive velocity.
        periods: number of periods of each phase (..., 3, joints).
    """

    period_s: float
    state: Array
    deceleration_rad_s2: Array
    periods: Array

    @classmethod
    def plan(cls, limits: MotionLimits, period_s: float, state: Array, together: bool = False) -> StopOnGrid:
        """The stop from a state (..., 3, joints).

        Args:
            together: all joints come to rest at the same time, each with the least deceleration for that.
        """
        velocity, acceleration = state[..., 1, :], state[..., 2, :]
        highest, ramp = limits.acceleration_rad_s2, limits.jerk_rad_s3 * period_s
        begin = np.ceil((np.abs(acceleration) + highest) / ramp)
        end = np.ceil(highest / ramp)
        if together:
            begin = np.broadcast_to(begin.max(axis=-1, keepdims=True), begin.shape)
            end = np.broadcast_to(end.max(axis=-1, keepdims=True), begin.shape)
        lost = velocity + acceleration * begin * (period_s / 2)  # the velocity that the deceleration has to take away
        ramps = (begin + end) / 2
        stay = np.ceil(np.maximum(0.0, np.abs(lost) / (highest * period_s) - ramps))
        if together:
            stay = np.broadcast_to(stay.max(axis=-1, keepdims=True), begin.shape)
        return cls(period_s, state, lost / ((ramps + stay) * period_s), _rows(begin, stay, end))

    @property
    def total_periods(self) -> Array:
        """Periods until each joint is at rest (..., joints)."""
        return np.asarray(self.periods.sum(axis=-2))

    @property
    def rest_rad(self) -> Array:
        """Where each joint comes to rest (..., joints)."""
        return self.after(self.total_periods)[..., 0, :]

    def after(self, periods: Array) -> Array:
        """States (..., 3, joints) after numbers of periods (..., joints)."""
        q, v, a = self.state[..., 0, :], self.state[..., 1, :], self.state[..., 2, :]
        left = periods
        for phase in range(3):
            passed = np.minimum(left, self.periods[..., phase, :])
            t, jerk = passed * self.period_s, self._jerk[..., phase, :]
            q, v, a = q + t * (v + t * (a / 2 + t * jerk / 6)), v + t * (a + t * jerk / 2), a + t * jerk
            left = left - passed
        moving = periods < self.total_periods
        return _rows(q, np.where(moving, v, 0.0), np.where(moving, a, 0.0))

    @cached_property
    def _jerk(self) -> Array:
        """Of each phase [rad/s^3] (..., 3, joints)."""
        d = self.deceleration_rad_s2
        change = _rows(-d - self.state[..., 2, :], 0.0, d)
        return np.divide(change, self.periods * self.period_s, out=np.zeros_like(change), where=self.periods > 0)

    def next(self) -> StopOnGrid:
        """The remainder of this stop, one period later."""
        begin, stay, end = self.periods[..., 0, :], self.periods[..., 1, :], self.periods[..., 2, :]
        first = np.minimum(begin, 1)
        second = np.minimum(stay, 1 - first)
        third = np.minimum(end, 1 - first - second)
        left = self.deceleration_rad_s2 * (1 - third / np.maximum(end, 1))
        passed = _rows(first, second, third)
        return StopOnGrid(self.period_s, self.after(np.ones_like(begin)), left, self.periods - passed)

    def pick(self, index: NDArray[np.intp]) -> StopOnGrid:
        """For each joint, the stop (n, ..., joints) at its index (joints,)."""
        joint = np.arange(len(index))
        return StopOnGrid(
            self.period_s,
            np.moveaxis(self.state, 1, 2)[index, joint].T,
            self.deceleration_rad_s2[index, joint],
            np.moveaxis(self.periods, 1, 2)[index, joint].T,
        )

    def where(self, flags: Flags, other: StopOnGrid) -> StopOnGrid:
        """This stop for the flagged joints, the other one for the others."""
        return StopOnGrid(
            self.period_s,
            np.where(flags, self.state, other.state),
            np.where(flags, self.deceleration_rad_s2, other.deceleration_rad_s2),
            np.where(flags, self.periods, other.periods),
        )

    def within(self, limits: MotionLimits) -> Flags:
        """Which joints (..., joints) stay within positions and velocities while they stop.

        A joint that starts beyond its range has to move inwards.
        """
        q, v, a = self.state[..., 0, :], self.state[..., 1, :], self.state[..., 2, :]
        begin, total = self.periods[..., 0, :], self.total_periods
        share = np.linspace(0.0, 1.0, PIECES + 1).reshape(-1, *(1,) * q.ndim)
        later = self.after(begin + share * (total - begin))  # (pieces + 1, ..., 3, joints)
        position, velocity = later[..., 0, :], later[..., 1, :]
        # The first phase may turn: Bezier control points of its cubic.
        t = begin * self.period_s
        first = np.stack([q, q + v * t / 3, q + t * (2 * v / 3 + t * a / 6), position[0]])
        speeds = np.stack([v, v + a * t / 2, velocity[0]])
        # From there on no joint turns, and none moves faster: pieces between neighbouring samples.
        lows = np.concatenate([first.min(0)[None], np.minimum(position[:-1], position[1:])])
        highs = np.concatenate([first.max(0)[None], np.maximum(position[:-1], position[1:])])
        slowest = np.concatenate([speeds.min(0)[None], np.minimum(velocity[:-1], 0.0)])
        fastest = np.concatenate([speeds.max(0)[None], np.maximum(velocity[:-1], 0.0)])
        flags: Flags = limits.contain(lows.min(0), highs.max(0), q)
        flags &= limits.allow(lows, highs, slowest, fastest).all(axis=0)
        return flags


def _rows(first: Array, second: Array | float, third: Array | float) -> Array:
    """Three values of each joint (..., 3, joints); np.stack takes ten times as long for arrays as small as these."""
    rows = np.empty((*first.shape[:-1], 3, first.shape[-1]))
    rows[..., 0, :], rows[..., 1, :], rows[..., 2, :] = first, second, third
    return rows
