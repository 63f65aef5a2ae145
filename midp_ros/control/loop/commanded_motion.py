"""What the arm was sent to do: its head, and the rest in case that no other motion follows; imports core."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.stop_trajectory import stop_trajectory
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice, resting
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory

Rest = Callable[[], "JointTrajectory | None"]
AT_REST_S = 0.1  # after a motion's end, what the robot says of itself is of the arm at rest
LOST_RAD = 0.2  # further than this from where it was sent, the arm was moved by something else
# By so long an impedance without velocity feed-forward follows later, D / K: Franka's follower's for J7 is 5 / 20 s.
LAG_S = 0.25


class CommandedMotion:
    """The last motion that was sent. It ends at rest; where it does so early there is a rest that goes on instead.

    Args:
        lead: how far ahead a change has to be planned.
        held: from measured joint positions to where the arm is being held, which differs by what it sags.

    Attributes:
        trajectory: what was sent last; None when the arm is only held.
        moving: whether it is to be brought to rest when the loop holds.
    """

    def __init__(self, lead: PlanningLatency, held: Callable[[Array], Array]):
        self._lead, self._held = lead, held
        self.trajectory: JointTrajectory | None = None
        self.moving = False
        self._rest: Rest | None = None

    def forget(self) -> None:
        """The arm is held, nobody knows where."""
        self.trajectory = self._rest = None

    def follow(self, trajectory: JointTrajectory, leaves_s: float) -> None:
        """A motion is being sent that goes to rest from `leaves_s` on."""
        self.trajectory, self._leaves_s, self._rest, self.moving = trajectory, leaves_s, None, True

    def keep(self, rest: Rest | None) -> None:
        """What gives the same motion without that early rest, in case that it is needed; None when it will not be."""
        self._rest = rest

    def go_on(self, clock: Callable[[], float], ahead_s: float) -> JointTrajectory | None:
        """The rest of the motion, once the head goes to rest less than `ahead_s` from now: it has to be sent."""
        if self._rest is None or clock() + ahead_s <= self._leaves_s:
            return None
        work_out, self._rest = self._rest, None
        rest, time_s = work_out(), clock()
        if rest is None or time_s + self._lead.sending_s > self._leaves_s:
            return None  # the arm would already be braking when it hears of it: it stops and is taken on from there
        self.trajectory = rest.part(slice(rest.last_before(time_s), None))
        return self.trajectory

    def running(self, time_s: float, measured_rad: Array) -> JointTrajectory:
        """What the arm does; at the start, staying where it is (joints,)."""
        return resting(time_s, self._held(measured_rad)) if self.trajectory is None else self.trajectory

    def stop(self, time_s: float, limits: MotionLimits, period_s: float) -> JointTrajectory | None:
        """Brings the arm to rest by what is returned; None when it need not be."""
        self._rest = None
        if self.trajectory is None or not self.moving:
            return None
        self.moving = False
        over = TrajectorySplice.plan(self.trajectory, time_s, self._lead.total_s)
        self.trajectory = over.complete(stop_trajectory(over.time_s, over.state, limits, period_s))
        return self.trajectory

    def take_up(self, time_s: float, measured_rad: Array) -> None:
        """After a hold: from where the robot says that it holds the arm; what was sent may not have reached it."""
        over = self.trajectory is not None and time_s > self.trajectory.time_s[-1] + AT_REST_S
        if over and (self._held(measured_rad) != measured_rad).any():
            self.trajectory = None

    def lost(self, time_s: float, measured_rad: Array) -> bool:
        """Whether the arm was elsewhere when it was measured."""
        if self.trajectory is None or time_s < self.trajectory.time_s[0]:
            return False  # nothing is known of what the arm was to do then
        position, velocity = self.trajectory.sample(np.array([time_s, time_s - LAG_S]))
        return bool((np.abs(measured_rad - position[0]) > LOST_RAD + LAG_S * np.abs(velocity).max(axis=0)).any())

    def over(self, time_s: float) -> bool:
        """Whether nothing is left to do."""
        return self.trajectory is None or bool(time_s > self.trajectory.time_s[-1])
