"""Shaped motion: a desired motion within the limits, worked out only as far as it is asked for; imports core."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.control.shaping.command_shaper import CommandShaper, State
from midp_ros.core.joint_trajectory import SAME_TIME_S, DesiredMotion, JointTrajectory

LEAST_PERIODS, MOST_PERIODS = 4, 64  # to shape at once: after a limit was near, and where none is
SETTLED_RAD, SETTLED_RAD_S, LONGEST_SETTLING_S = 1e-5, 1e-3, 0.5


class ShapedMotion:
    """The motion from a state at a time on.

    After the desired motion's end it has LONGEST_SETTLING_S to reach the last point. Its trajectories have points at
    every period, with accelerations: the quintics between them keep the limits.

    Args:
        state: position [rad], velocity [rad/s] and acceleration [rad/s^2] at `start_s`, each (joints,).
        shaper: may shape another motion between two calls.
    """

    def __init__(self, desired: DesiredMotion, start_s: float, state: State, shaper: CommandShaper):
        self._desired, self._start_s, self._shaper = desired, start_s, shaper
        shaper.start(*state)
        self._states, self._paused = [np.array(shaper.state)], shaper.pause()
        self._periods = MOST_PERIODS  # to try at once

    @property
    def reached_s(self) -> float:
        """How far it has been worked out [s]; the head begins to stop there."""
        return self._start_s + self._shaper.period_s * (len(self._states) - 1)

    @property
    def complete(self) -> bool:
        """Whether it has been worked out to its end."""
        end_s = float(self._desired.time_s[-1])
        return self.reached_s >= end_s and (self._settled() or self.reached_s >= end_s + LONGEST_SETTLING_S)

    def head(self, end_s: float, enough: Callable[[], bool] = lambda: False) -> JointTrajectory:
        """The motion up to a time [s] or a little less than a period later, and a stop from there.

        Args:
            enough: whether to end earlier, at what has been worked out by then.
        """
        self._shaper.resume(self._paused)
        while self.reached_s < end_s - SAME_TIME_S and not self.complete and not enough():
            self._go_on(int(np.ceil((end_s - self.reached_s) / self._shaper.period_s - SAME_TIME_S)))
        return self._to_rest()

    def whole(self) -> JointTrajectory:
        """The motion to its end, at rest."""
        self._shaper.resume(self._paused)
        self._desired.states(self._desired.time_s[-1])  # tracks all of it at once, not bit by bit
        while not self.complete:
            self._go_on(MOST_PERIODS)
        return self._to_rest()

    # --- inside ------------------------------------------------------------------------------------------------------
    def _go_on(self, most: int) -> None:
        periods = min(self._periods, most)
        done = self._shaper.follow(self._desired, self.reached_s, periods)
        self._periods = min(2 * periods, MOST_PERIODS) if len(done) == periods else LEAST_PERIODS
        self._states.extend(done)

    def _to_rest(self) -> JointTrajectory:
        self._paused = self._shaper.pause()
        states = np.array([*self._states, *self._shaper.braking()])  # np.stack takes ten times as long
        q, v, a = states.swapaxes(0, 1).copy()
        return JointTrajectory(self._start_s + self._shaper.period_s * np.arange(len(q), dtype=np.float64), q, v, a)

    def _settled(self) -> bool:
        position_rad, velocity_rad_s, _ = self._states[-1]
        away_rad = np.abs(position_rad - self._desired.position_rad[-1]).max()
        return bool(away_rad < SETTLED_RAD and np.abs(velocity_rad_s).max() < SETTLED_RAD_S)


def shaped_trajectory(desired: DesiredMotion, start_s: float, state: State, shaper: CommandShaper) -> JointTrajectory:
    """The whole of a `ShapedMotion`."""
    return ShapedMotion(desired, start_s, state, shaper).whole()


def shaped_head(
    desired: DesiredMotion, start_s: float, state: State, shaper: CommandShaper, lasts_s: float
) -> JointTrajectory:
    """The first `lasts_s` of a `ShapedMotion` and a stop: the same motion so far, for a fraction of the work.

    It is worked out for one period more, since by rounding the last sample may lie just beyond a point.
    """
    return ShapedMotion(desired, start_s, state, shaper).head(start_s + lasts_s + shaper.period_s)
