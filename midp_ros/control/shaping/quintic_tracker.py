"""Where to be in the next periods so as to join a desired motion; imports control's limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.quintic import state_map
from midp_ros.control.shaping.time_optimal import TimeOptimal
from midp_ros.core.arrays import Array

LONGEST_S, GROWTH = 1.0, 1.25
ROUNDING = 1e-9
LOOKS = 8  # along each quintic
SOON = 4  # horizons to look at together; the first ones nearly always do
LEAST_STEPS, MOST_STEPS = 4, 16  # along one quintic


class QuinticTracker:
    """Joins the desired motion by a quintic in the shortest time, from `horizon_s` up, that keeps constant limits.

    Where nothing up to LONGEST_S does, it takes the fastest way.
    Looking `horizon_s` ahead at least smooths what is desired: a step in its acceleration is spread over that time.

    States (3, joints) are positions [rad], velocities [rad/s] and accelerations [rad/s^2].

    Attributes:
        soon_s: the first SOON horizons.
        caught_up: whether the shortest horizon did for all joints the last time.
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
        """The next states (n, 3, joints), period by period, if each time the shortest horizon would do; and where not.

        Args:
            near: the states desired `horizon_s` after the start of each period (n, 3, joints).

        Returns:
            The states, and (n,) whether each of those quintics keeps constant limits.
        """
        ends = np.empty((len(near), 6, now.shape[1]))
        ends[:, 3:] = near
        states, into = np.empty_like(near), self._next[0]
        for end, state in zip(ends, states, strict=True):
            end[:3] = now
            now = np.matmul(into, end, out=state)
        return states, (np.abs(self._looks[0] @ ends) <= self._highest).all(axis=(1, 2))

    def next(self, now: Array, soon: Array, ahead: Callable[[Array], Array], rest_rad: Callable[[], Array]) -> Array:
        """The states to aim at (n, 3, joints), one period from now and so on.

        There are several where all joints follow one quintic: until the shortest horizon may do, or LEAST_STEPS. Never
        to its end, where what is desired would no longer be smoothed.

        Args:
            soon: the states desired at `soon_s` from now on (SOON, 3, joints).
            ahead: from times from now on (n,) [s] to the states desired then (n, 3, joints); later ones are seldom
                wanted, and the further, the longer they take to work out.
            rest_rad: gives where the joints would come to rest if they began to brake now.
        """
        ends, keeps = self._look(now, soon, slice(len(soon)))
        self.caught_up = bool(keeps[0].all())
        while not (together := keeps.all(axis=1)).any() and len(ends) < len(self._horizons_s):
            group = slice(len(ends), len(ends) + SOON)
            further = self._look(now, ahead(self._horizons_s[group]), group)
            ends, keeps = np.concatenate([ends, further[0]]), np.concatenate([keeps, further[1]])
        if together.any():  # joints that join at different times would leave the desired path
            first = together.argmax()
            return np.asarray(self._along[first] @ ends[first]).reshape(-1, *now.shape)
        joined = np.moveaxis(self._next @ ends, 1, 2)[keeps.argmax(axis=0), np.arange(keeps.shape[1])].T
        if keeps.any(axis=0).all():
            return joined[None]
        fastest = self._fastest.next(now, ends[-1, 3:5], rest_rad())
        return (joined if fastest is None else np.where(keeps.any(axis=0), joined, fastest))[None]

    def _look(self, now: Array, desired: Array, horizons: slice) -> tuple[Array, NDArray[np.bool_]]:
        """The quintics' ends (horizons, 6, joints), and on which joints keep constant limits (horizons, joints)."""
        ends = np.empty((len(desired), 6, now.shape[1]))
        ends[:, :3], ends[:, 3:] = now, desired
        keeps: NDArray[np.bool_] = np.abs(self._looks[horizons] @ ends) <= self._highest
        return ends, np.asarray(keeps.all(axis=1))
