"""Joint trajectories and their interpolation; imports numpy only."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array

SAME_TIME_S = 1e-9
# Exponents and factors of a quintic's monomials: rows position, velocity, acceleration.
EXPONENTS = np.array([[0, 1, 2, 3, 4, 5], [0, 0, 1, 2, 3, 4], [0, 0, 0, 1, 2, 3]])
FACTORS = np.array([[1, 1, 1, 1, 1, 1], [0, 1, 2, 3, 4, 5], [0, 0, 2, 6, 12, 20]], float)


class DesiredMotion(Protocol):
    """A joint motion with a last point: a trajectory, or one that is computed only as far as it is sampled."""

    @property
    def time_s(self) -> Array:
        """Of the points (points,), strictly increasing [s]."""

    @property
    def position_rad(self) -> Array:
        """At the points (points, joints)."""

    def states(self, time_s: float | Array) -> Array:
        """Position [rad], velocity [rad/s] and acceleration [rad/s^2] at one or several times (..., 3, joints)."""


def _not_given() -> Array:
    return np.empty((0, 0))


@dataclass(frozen=True)
class JointTrajectory:
    """Timed joint positions, interpolated by what the points carry, as ros2_controllers' joint_trajectory_controller
    does: positions alone linearly, with velocities by a cubic, with accelerations too by a quintic.

    A segment takes the highest degree for which both of its ends carry enough.

    Attributes:
        time_s: (points,), strictly increasing [s].
        position_rad: (points, joints).
        velocity_rad_s: (points, joints); empty where no point carries any, a row of NaN where one point does not.
        acceleration_rad_s2: the same for accelerations, which only points with velocities may carry.
    """

    time_s: Array
    position_rad: Array
    velocity_rad_s: Array = field(default_factory=_not_given)
    acceleration_rad_s2: Array = field(default_factory=_not_given)

    def __post_init__(self) -> None:
        for name in ("velocity_rad_s", "acceleration_rad_s2"):
            if not np.size(getattr(self, name)):
                object.__setattr__(self, name, np.full_like(self.position_rad, np.nan, dtype=np.float64))
        if not (len(self.time_s) == len(self.position_rad) == len(self.velocity_rad_s) > 0):
            raise ValueError("a joint trajectory needs as many times as positions and velocities, and at least one")
        if self.acceleration_rad_s2.shape != self.position_rad.shape:
            raise ValueError("a joint trajectory needs as many accelerations as positions")
        if (self.time_s[1:] <= self.time_s[:-1]).any():
            raise ValueError(f"a joint trajectory's times must increase, got {self.time_s.tolist()}")
        if not np.isfinite(self.position_rad).all():
            raise ValueError("a joint trajectory's positions must be finite")
        if (self._carries(self.acceleration_rad_s2) & ~self._carries(self.velocity_rad_s)).any():
            raise ValueError("a joint trajectory's points must not carry accelerations without velocities")

    @staticmethod
    def _carries(values: Array) -> NDArray[np.bool_]:
        """Which points (points,) carry these values."""
        return np.asarray(np.isfinite(values).all(axis=1))

    @cached_property
    def _coefficients(self) -> Array:
        """Polynomials of the time since each point (points, 6, joints); the last point's is its own state."""
        p = self.position_rad
        h, rise = (self.time_s[1:] - self.time_s[:-1])[:, None], p[1:] - p[:-1]
        moving, bending = (self._carries(x) for x in (self.velocity_rad_s, self.acceleration_rad_s2))
        cubic = (moving[:-1] & moving[1:])[:, None]
        quintic = cubic & (bending[:-1] & bending[1:])[:, None]
        v0, v1 = (np.where(cubic, v, rise / h) * h for v in (self.velocity_rad_s[:-1], self.velocity_rad_s[1:]))
        c2, c3 = 3 * rise - 2 * v0 - v1, v0 + v1 - 2 * rise
        # Without accelerations take the cubic's own: the quintic through them is the cubic.
        a = self.acceleration_rad_s2
        a0 = np.where(quintic, a[:-1] * h * h, 2 * c2)
        a1 = np.where(quintic, a[1:] * h * h, 2 * c2 + 6 * c3)
        scaled = (
            p[:-1],
            v0,
            a0 / 2,
            10 * rise - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1,
            -15 * rise + 8 * v0 + 7 * v1 + 1.5 * a0 - a1,
            6 * rise - 3 * (v0 + v1) + 0.5 * (a1 - a0),
        )
        coefficients = np.zeros((len(p), 6, p.shape[1]))
        for k, c in enumerate(scaled):
            coefficients[:-1, k] = c / h**k
        last = coefficients[-1]
        last[0] = p[-1]
        if moving[-1]:
            last[1] = self.velocity_rad_s[-1]
        if bending[-1]:
            last[2] = a[-1] / 2
        return coefficients

    def states(self, time_s: float | Array) -> Array:
        """Position [rad], velocity [rad/s] and acceleration [rad/s^2] at one or several times (..., 3, joints).

        At the last point the state is the point's own; before the first and after the last point it is the nearest
        one's position, at rest.
        """
        t, time_s = self.time_s, np.asarray(time_s, float)
        within = np.minimum(np.maximum(time_s, t[0]), t[-1])
        i = np.searchsorted(t[1:], within, side="right")
        powers = (within - t[i])[..., None] ** EXPONENTS[0]  # (..., 6)
        monomials = FACTORS * powers[..., EXPONENTS]  # (..., 3, 6)
        states: Array = monomials @ self._coefficients[i]
        if (within != time_s).any():
            states[..., 1:, :] *= (within == time_s)[..., None, None]
        return states

    def sample_with_acceleration(self, time_s: float | Array) -> tuple[Array, Array, Array]:
        """The `states` one by one, each (..., joints)."""
        states = self.states(time_s)
        return states[..., 0, :], states[..., 1, :], states[..., 2, :]

    def last_before(self, time_s: float) -> int:
        """Number of the last point not after a time [s]; the first one's before all of them."""
        return max(0, int(np.searchsorted(self.time_s, time_s + SAME_TIME_S)) - 1)

    def part(self, points: slice) -> JointTrajectory:
        """Some of the points, one at least."""
        fields = self.time_s, self.position_rad, self.velocity_rad_s, self.acceleration_rad_s2
        return JointTrajectory(*(values[points] for values in fields))

    def prepare(self) -> None:
        """Computes the coefficients, which otherwise makes the first sample ten times as slow as any other."""
        _ = self._coefficients

    def sample(self, time_s: float | Array) -> tuple[Array, Array]:
        """Position [rad] and velocity [rad/s] as `sample_with_acceleration` has them."""
        return self.sample_with_acceleration(time_s)[:2]

    def starting_from(
        self, time_s: float, position_rad: Array, velocity_rad_s: Array, acceleration_rad_s2: Array | None = None
    ) -> JointTrajectory:
        """This trajectory from `time_s` on, with the given state as its first point: a hand-over without a step.

        An acceleration that is not given counts as zero.
        """
        position = np.asarray(position_rad, float)
        later = self.time_s > time_s + SAME_TIME_S
        if not later.any():
            return JointTrajectory(np.array([time_s]), position[None], np.zeros_like(position)[None])
        acceleration = np.zeros_like(position) if acceleration_rad_s2 is None else acceleration_rad_s2
        return JointTrajectory(
            np.concatenate([[time_s], self.time_s[later]]),
            np.vstack([position, self.position_rad[later]]),
            np.vstack([velocity_rad_s, self.velocity_rad_s[later]]),
            np.vstack([acceleration, self.acceleration_rad_s2[later]]),
        )


def central_velocities(time_s: Array, position_rad: Array, start_velocity_rad_s: Array) -> Array:
    """Velocities (points, joints) through points: central differences, given at the start, zero at the end."""
    velocity = np.zeros_like(position_rad)
    velocity[0] = start_velocity_rad_s
    if len(time_s) > 2:
        velocity[1:-1] = (position_rad[2:] - position_rad[:-2]) / (time_s[2:] - time_s[:-2])[:, None]
    return velocity
