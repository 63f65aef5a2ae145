"""Command shaper: turns any desired joint motion into one within the robot's limits that can always stop.

    desired motion -> QuinticTracker: the next setpoints
        -> FeasibilityCheck: within the limits, and able to stop afterwards? -> if not, StopOnGrid

Imports core and kinematics.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.control.shaping.feasibility_check import FeasibilityCheck
from midp_ros.control.shaping.limits import Flags, LimitFractions, MotionLimits
from midp_ros.control.shaping.quintic_tracker import QuinticTracker
from midp_ros.control.shaping.stop_on_grid import StopOnGrid
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import DesiredMotion, JointTrajectory
from midp_ros.kinematics.profile import RobotProfile

State = tuple[Array, Array, Array]
Paused = tuple[Array, Array, "StopOnGrid | None", Array, bool]
Ahead = Callable[[Array], Array]  # times from now on (n,) [s] to the desired states then (n, 3, joints)
HORIZON_S = 0.1
ABSURD = 1e6  # [rad, rad/s, rad/s^2]
SHARES = np.array([1.0, 0.75, 0.5, 0.25])[:, None, None]  # of the way from stopping to the wanted setpoint


class CommandShaper:
    """Follows a desired motion period by period.

    After every period each joint has a stop trajectory within its limits, and takes it when no other setpoint is
    feasible. So from a start that has one, no limit is ever exceeded, whatever is desired. Between the ends of two
    periods the joints move by the quintic through both states, as a joint_trajectory_controller interpolates them.

    Args:
        period_s: time between two setpoints [s].
        fractions: shares of the robot's limits that may be used.
        horizon_s: how far ahead of a setpoint the desired motion is looked at [s].
    """

    def __init__(
        self,
        profile: RobotProfile,
        period_s: float = 0.01,
        fractions: LimitFractions | None = None,
        horizon_s: float = HORIZON_S,
    ):
        self.limits = MotionLimits(profile, fractions)
        self.period_s, self.horizon_s = period_s, horizon_s
        self._tracker = QuinticTracker(self.limits, period_s, horizon_s)
        self._feasibility = FeasibilityCheck(self.limits, period_s)
        self.start(profile.ready_rad, np.zeros_like(profile.ready_rad))

    def start(self, position_rad: ArrayLike, velocity_rad_s: ArrayLike, acceleration_rad_s2: ArrayLike = 0.0) -> None:
        """Starts at a commanded state, each (joints,); raises ValueError if it is not finite."""
        state = _state(position_rad, velocity_rad_s, acceleration_rad_s2)
        if not np.isfinite(state).all():
            raise ValueError(f"a motion must start from finite numbers, got {state.tolist()}")
        self._state = self._before = state
        self._planned: StopOnGrid | None = None
        self._course = self._no_states  # feasible setpoints beyond those that were asked for
        self._tracker.caught_up = True

    def pause(self) -> Paused:
        """The present state for `resume`, so that another motion can be shaped meanwhile."""
        return self._state, self._before, self._planned, self._course, self._tracker.caught_up

    def resume(self, paused: Paused) -> None:
        """Continues from a paused state."""
        self._state, self._before, self._planned, self._course, self._tracker.caught_up = paused

    @property
    def state(self) -> State:
        """Position [rad], velocity [rad/s] and acceleration [rad/s^2] at the end of the last period."""
        return self._state[0], self._state[1], self._state[2]

    @property
    def at_rest(self) -> bool:
        """Whether the joints are at rest."""
        return not self._state[1:].any()

    def step(self, target_rad: ArrayLike, target_rad_s: ArrayLike = 0.0, target_rad_s2: ArrayLike = 0.0) -> State:
        """One period towards a target (joints,): the state that is desired `horizon_s` after this period's start.

        Beyond that the target is extrapolated at its velocity. A target that is not finite, or absurd, is refused: the
        joints stop.

        Returns:
            The state at the end of the period.
        """
        target = _state(target_rad, target_rad_s, target_rad_s2)

        def ahead(times_s: Array) -> Array:
            states = np.tile(target, (len(times_s), 1, 1))
            states[:, 0] += (times_s - self.horizon_s)[:, None] * target[1]
            states[times_s > self.horizon_s, 2] = 0.0
            return states

        self._course = self._no_states  # the target may be another one now
        self._towards(ahead, 1)
        return self.state

    def follow(self, desired: DesiredMotion, time_s: float, periods: int = 1) -> Array:
        """At least one period along a desired motion, from a time on [s]; more while no limit is near.

        Args:
            periods: the most.

        Returns:
            The states (periods done, 3, joints) at the ends of the periods.
        """
        return self._towards(_ahead(desired, time_s), periods)

    def stop(self) -> State:
        """One period of stopping, each joint as soon as it can."""
        self._stop()
        return self.state

    def braking(self) -> Array:
        """States (periods, 3, joints) of the stop from here; the shaper itself does not move on."""
        if self.at_rest:
            return self._no_states
        brake = self._brake()
        passed = np.arange(1, brake.total_periods.max() + 1)
        return brake.after(passed[:, None])

    def period(self, start_s: float) -> JointTrajectory:
        """The motion of the last period, started at a time [s]."""
        q, v, a = np.stack([self._before, self._state], axis=1)
        return JointTrajectory(np.array([start_s, start_s + self.period_s]), q, v, a)

    # --- inside -------------------------------------------------------------------------------------------------------
    @property
    def _no_states(self) -> Array:
        return np.empty((0, *self._state.shape))

    def _towards(self, ahead: Ahead, periods: int) -> Array:
        if len(self._course):
            return self._advance_along(self._course, periods)
        if self._tracker.caught_up:
            near = ahead(self.horizon_s + self.period_s * np.arange(periods, dtype=np.float64))
            if not _sound(near):
                return self._stop()[None]
            if len(states := self._glide(near)):
                return states
        now, soon = self._state, ahead(self._tracker.soon_s)
        if not _sound(soon[0]):
            return self._stop()[None]
        wanted = self._tracker.next(now, soon, ahead, lambda: self._brake().rest_rad)
        if count := self._sure(wanted):
            return self._advance_along(wanted[:count], periods)
        braking = self._brake().next()
        flags, brake = self._feasibility.admit(now, braking.state + SHARES * (wanted[0] - braking.state))
        some: Flags = np.asarray(flags.any(axis=0))
        chosen = brake.pick(flags.argmax(axis=0)).where(some, braking)
        return self._advance(chosen.state, chosen)[None]

    def _glide(self, near: Array) -> Array:
        """States of the next periods, as long as no limit is near."""
        states, joins = self._tracker.glide(self._state, near)
        count = self._sure(states, joins)
        return self._advance_along(states[:count], count) if count else states[:0]

    def _sure(self, states: Array, joins: Flags | bool = True) -> int:
        """How many of the next states (n, 3, joints) come before the first that may be near a limit.

        Args:
            joins: whether each of them is wanted (n,).
        """
        fine = joins & self._feasibility.surely(np.concatenate([self._state[None], states[:-1]]), states)
        return len(fine) if fine.all() else int(fine.argmin())

    def _advance_along(self, sure: Array, periods: int) -> Array:
        """Takes as many states as were asked for; the remainder is the course from then on."""
        done, self._course = sure[:periods], sure[periods:]
        self._before, self._state = (self._state, *done)[-2:]
        self._planned = None
        return done

    def _stop(self) -> Array:
        self._course = self._no_states
        brake = self._brake().next()
        return self._advance(brake.state, brake)

    def _advance(self, state: Array, brake: StopOnGrid | None) -> Array:
        self._before, self._state, self._planned = self._state, state, brake
        return state

    def _brake(self) -> StopOnGrid:
        """The stop from here."""
        if self._planned is None:
            self._planned = StopOnGrid.plan(self.limits, self.period_s, self._state)
        return self._planned


def _sound(states: Array) -> bool:
    """Whether all numbers mean something; NaN does not."""
    return bool((np.abs(states) < ABSURD).all())


def _state(position_rad: ArrayLike, velocity_rad_s: ArrayLike, acceleration_rad_s2: ArrayLike) -> Array:
    state = np.empty((3, *np.shape(position_rad)))
    state[0], state[1], state[2] = position_rad, velocity_rad_s, acceleration_rad_s2
    return state


def _ahead(desired: DesiredMotion, time_s: float) -> Ahead:
    def ahead(times_s: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):  # the result is refused
            states = desired.states(time_s + times_s)
        return np.minimum(np.maximum(states, -ABSURD), ABSURD)

    return ahead
