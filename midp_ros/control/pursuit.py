"""Where to be one period from now so as to join a desired motion; imports control's limits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.limits import MotionLimits
from midp_ros.control.quintic import state_map
from midp_ros.control.time_optimal import TimeOptimal

Array = NDArray[np.float64]
LONGEST_S, GROWTH = 1.0, 1.25
LOOKS = 8  # along each quintic


class Pursuit:
    """Joins the desired motion by a quintic in the shortest time, from `horizon_s` up, that keeps constant limits.

    Where nothing up to LONGEST_S does, it takes the fastest way.
    Looking `horizon_s` ahead at least smooths what is desired: a step in its acceleration is spread over that time.

    States (3, joints) are positions [rad], velocities [rad/s] and accelerations [rad/s^2].

    Attributes:
        caught_up: whether the shortest horizon did for all joints the last time.
    """

    def __init__(self, limits: MotionLimits, period_s: float, horizon_s: float):
        count = int(np.ceil(np.log(LONGEST_S / horizon_s) / np.log(GROWTH))) + 1
        self.horizons_s = np.asarray(horizon_s * GROWTH ** np.arange(max(1, count)), np.float64)
        self._next = np.stack([state_map(h, period_s)[:3] for h in self.horizons_s])
        looks = [[state_map(h, h * k / LOOKS)[1:] for k in range(LOOKS + 1)] for h in self.horizons_s]
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

    def next(self, now: Array, later: Array, rest_rad: Callable[[], Array]) -> Array:
        """The state to aim at, one period from now.

        Args:
            later: the states desired at `horizons_s` from now on (n, 3, joints).
            rest_rad: where the joints would come to rest if they began to brake now.
        """
        ends = np.concatenate([np.broadcast_to(now, later.shape), later], axis=1)
        keeps = (np.abs(self._looks @ ends) <= self._highest).all(axis=1)  # (horizons, joints)
        self.caught_up = bool(keeps[0].all())
        together = keeps.all(axis=1)  # joints that join at different times would leave the desired path
        first = np.full(len(keeps[0]), together.argmax()) if together.any() else keeps.argmax(axis=0)
        joined = np.moveaxis(self._next @ ends, 1, 2)[first, np.arange(len(first))].T
        if keeps.any(axis=0).all():
            return joined
        fastest = self._fastest.next(now, later[-1, :2], rest_rad())
        return joined if fastest is None else np.where(keeps.any(axis=0), joined, fastest)
