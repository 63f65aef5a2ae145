"""A motion as a stream of joint targets that never steps, however late one of them is; imports core.

A follower hands targets on without filter or limit, so what a motion has gone on by while the stream was kept waiting
(a busy machine, a middleware that blocks) would be a step, and with the arm's fast wrist a reflex.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from midp_ros.control.shaping.trajectory_splice import resting
from midp_ros.control.streaming.decaying_offset import DecayingOffset
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory

# After half a second without a target franka_follower_controllers takes the next one for a fault, which ends its
# control node; what is sent now has to arrive before.
LONGEST_SILENCE_S = 0.4
LATE_PERIODS = 1.5  # since the target before
STEP_RAD = 0.01  # that a joint impedance takes without a jolt; at 100 Hz a fast motion goes on by five times as much
STOPS_S = 0.1  # a joint impedance brings the arm to rest in about this time when its target stands still
# Of the limits: shaped motions leave a tenth of the velocity.
CATCH_UP_VELOCITY, CATCH_UP_ACCELERATION, CATCH_UP_JERK = 0.1, 0.5, 0.1
SAME_RAD = 1e-3  # a motion that is so close to the one before goes on with it


class Target(NamedTuple):
    """One that was given: when [s], position [rad] and velocity [rad/s] (joints,)."""

    time_s: float
    position_rad: Array
    velocity_rad_s: Array


class SetpointStream:
    """Gives the targets of a motion one by one.

    Args:
        period_s: between two targets [s].
        velocity_max_rad_s, acceleration_max_rad_s2, jerk_max_rad_s3: the robot's limits (joints,).

    Attributes:
        interrupted_s: for how long there was no target when that was too long to go on [s], else 0; then there are
            none until `hold`.
        begun: whether it has given a target since it was made or forgot.
    """

    def __init__(
        self, period_s: float, velocity_max_rad_s: Array, acceleration_max_rad_s2: Array, jerk_max_rad_s3: Array
    ):
        self._period_s, self._late_s = period_s, LATE_PERIODS * period_s
        self._behind = DecayingOffset(
            CATCH_UP_VELOCITY * velocity_max_rad_s,
            CATCH_UP_ACCELERATION * acceleration_max_rad_s2,
            CATCH_UP_JERK * jerk_max_rad_s3,
        )
        self._motion: JointTrajectory | None = None
        self._sent: Target | None = None
        self.forget()

    @property
    def any(self) -> bool:
        """Whether there is something to publish."""
        return self._motion is not None and not self.interrupted_s

    def left(self, time_s: float) -> None:
        """The last target has left only now [s]."""
        if self._sent is not None:
            self._sent = self._sent._replace(time_s=time_s)

    def withdraw(self) -> None:
        """The last target was not published, and counts as never given."""
        self._sent, self.begun = self._before

    def forget(self) -> None:
        """Gives no targets until `hold` or `follow`."""
        self._motion = self._sent = None
        self._before: tuple[Target | None, bool] = None, False
        self._behind.clear()
        self.begun, self.interrupted_s = False, 0.0

    def hold(self, position_rad: Array) -> None:
        """Stays there (joints,), whatever was given before."""
        self._motion, self._sent, self.interrupted_s = resting(0.0, position_rad), None, 0.0
        self._behind.clear()

    def freeze(self) -> None:
        """Stays at the last target."""
        if self._sent is not None:
            self.follow(resting(self._sent.time_s, self._sent.position_rad), self._sent.time_s)

    def follow(self, motion: JointTrajectory, time_s: float) -> None:
        """Samples a motion from now on [s].

        A motion that begins on the one before continues it, however late it comes: what the arm is behind by then is
        caught up with. Any other one is taken as it is.
        """
        motion.prepare()
        before, self._motion = self._motion, motion
        if before is None:
            return
        start_s = motion.time_s[0]
        if np.abs(motion.sample(start_s)[0] - before.sample(start_s)[0]).max() > SAME_RAD:
            self._behind.clear()
            return
        (left_rad, left_rad_s), (now_rad, now_rad_s) = before.sample(time_s)[:2], motion.sample(time_s)[:2]
        if np.abs(left_rad - now_rad).max() > SAME_RAD:
            self._behind.add(time_s, left_rad - now_rad, left_rad_s - now_rad_s)

    def next(self, time_s: float, waited_s: float = 0.0) -> Target | None:
        """The target of a time [s]; None where there is none.

        Args:
            waited_s: since it was last called [s]; a clock that comes in messages is late.
        """
        if self._motion is None or self.interrupted_s:
            return None
        position, velocity = self._motion.sample(time_s)
        if self._sent is not None:
            passed_s = time_s - self._sent.time_s
            if max(passed_s, waited_s) > LONGEST_SILENCE_S:
                self.interrupted_s = max(passed_s, waited_s)
                return None
            if not 0.0 <= passed_s <= self._late_s:
                self._fall_behind(time_s, self._sent, position, velocity)
        left_rad, left_rad_s, _ = self._behind.left(time_s)
        self._before = self._sent, self.begun
        self._sent, self.begun = Target(time_s, position + left_rad, velocity + left_rad_s), True
        return self._sent

    def _fall_behind(self, time_s: float, sent: Target, position: Array, velocity: Array) -> None:
        """From where the arm is taken to be, which has been braking all the while, to where the motion has gone."""
        braked = min(1.0, max(0.0, time_s - sent.time_s - self._period_s) / STOPS_S)
        speed = (1.0 - braked) * sent.velocity_rad_s
        left_rad, left_rad_s, _ = self._behind.left(time_s)
        behind_rad = sent.position_rad + self._period_s * speed - (position + left_rad)
        if np.abs(behind_rad).max() > STEP_RAD:
            self._behind.add(time_s, behind_rad, speed - (velocity + left_rad_s))
