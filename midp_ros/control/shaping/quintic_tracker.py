"""Quintic tracker: the next setpoints that converge onto a desired motion within constant limits.

Imports control's limits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.quintic import state_map
from midp_ros.control.shaping.time_optimal import TimeOptimal
from midp_ros.core.arrays import Array

LONGEST_S, GROWTH = 1.0, 1.25  # of the horizons
ROUNDING = 1e-9
LOOKS = 8  # samples along each quintic
SOON = 4  # horizons to look at together; nearly always one of the first will do
LEAST_STEPS, MOST_STEPS = 4, 16  # setpoints along one quintic


class QuinticTracker:
    """Joins the desired motion by a quintic.

    The quintic ends on the desired motion after the shortest horizon, from `horizon_s` up, that keeps constant limits.
    Where no horizon up to LONGEST_S does, the time-optimal motion is taken. A horizon of `horizon_s` at least smooths
    the desired motion: a step in its acceleration is spread over that time.

    States (3, joints) are positions [rad], velocities [rad/s] and accelerations [rad/s^2].

    Attributes:
        soon_s: the first SOON horizons [s].
        caught_up: whether the shortest horizon kept the limits of all joints the last time.
    """

    def __init__(self, limits: MotionLimits, period_s: float, horizon_s: float):
        count = int(np.ceil(np.log(LONGEST_S / horizon_s) / np.log(GROWTH))) + 1
        horizons_s = np.asarray(horizon_s * GROWTH ** np.arange(max(1, count)), np.float64)
        self._horizons_s, self.soon_s = horizons_s, horizons_s[:SOON]
        counts = np.floor((horizons_s - horizon_s) / period_s + ROUNDING).clip(LEAST_STEPS, MOST_STEPS).astype(int)
        self._along = [
            np.concatenate([state_map(h, period_s * (k + 1))[:3] for k in range(count)])
            for h, count in zip(horizons_s, counts, strict=True)
        ]  # for each horizon (3 steps, 6)
        self._next = np.stack([along[:3] for along in self._along])
        looks = [[state_map(h, h * k / LOOKS)[1:] for k in range(LOOKS + 1)] for h in horizons_s]
        self._looks = np.array(looks).reshape(len(looks), -1, 6)  # (horizons, 3 (LOOKS + 1), 6)
        highest = np.stack([limits.velocity_rad_s, limits.acceleration_rad_s2, limits.jerk_rad_s3])
        self._highest = np.tile(highest, (LOOKS + 1, 1))
        self._fastest = TimeOptimal(limits, period_s)
        self.caught_up = True

    def glide(self, now: Array, near: Array) -> tuple[Array, NDArray[np.bool_]]:
        """The next setpoints, period by period, by the shortest horizon alone.

        Args:
            now: the present state (3, joints).
            near: the states desired `horizon_s` after the start of each period (n, 3, joints).

        Returns:
            The states (n, 3, joints), and whether each of the quintics keeps constant limits (n,).
        """
        ends = np.empty((len(near), 6, now.shape[1]))
        ends[:, 3:] = near
        states, into = np.empty_like(near), self._next[0]
        for end, state in zip(ends, states, strict=True):
            end[:3] = now
            now = np.matmul(into, end, out=state)
        return states, (np.abs(self._looks[0] @ ends) <= self._highest).all(axis=(1, 2))

    def next(self, now: Array, soon: Array, ahead: Callable[[Array], Array], rest_rad: Callable[[], Array]) -> Array:
        """The next setpoints (n, 3, joints), one period from now and so on.

        There are several where all joints follow one quintic: up to where a shorter horizon may do, or LEAST_STEPS.
        They never reach its end, where the desired motion would no longer be smoothed.

        Args:
            now: the present state (3, joints).
            soon: the states desired at `soon_s` from now on (SOON, 3, joints).
            ahead: from times from now on (n,) [s] to the states desired then (n, 3, joints); later ones are seldom
                needed, and the later they are, the longer they take.
            rest_rad: returns where the joints would come to rest if they began to stop now (joints,).
        """
        ends, keeps = self._look(now, soon, slice(len(soon)))
        self.caught_up = bool(keeps[0].all())
        while not (together := keeps.all(axis=1)).any() and len(ends) < len(self._horizons_s):
            group = slice(len(ends), len(ends) + SOON)
            further = self._look(now, ahead(self._horizons_s[group]), group)
            ends, keeps = np.concatenate([ends, further[0]]), np.concatenate([keeps, further[1]])
        if together.any():  # at different times they would leave the desired path
            first = together.argmax()
            return np.asarray(self._along[first] @ ends[first]).reshape(-1, *now.shape)
        joined = np.moveaxis(self._next @ ends, 1, 2)[keeps.argmax(axis=0), np.arange(keeps.shape[1])].T
        if keeps.any(axis=0).all():
            return joined[None]
        fastest = self._fastest.next(now, ends[-1, 3:5], rest_rad())
        return (joined if fastest is None else np.where(keeps.any(axis=0), joined, fastest))[None]

    def _look(self, now: Array, desired: Array, horizons: slice) -> tuple[Array, NDArray[np.bool_]]:
        """The quintics' ends (horizons, 6, joints), and which joints keep their limits on them (horizons, joints)."""
        ends = np.empty((len(desired), 6, now.shape[1]))
        ends[:, :3], ends[:, 3:] = now, desired
        keeps: NDArray[np.bool_] = np.abs(self._looks[horizons] @ ends) <= self._highest
        return ends, np.asarray(keeps.all(axis=1))
