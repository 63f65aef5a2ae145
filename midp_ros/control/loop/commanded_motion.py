"""The motion that the arm was sent: a head, and a remainder in case that no other motion follows; imports core."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.plan import MotionCheck, Remainder, RunningMotion
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.shaping.collision_check import CollisionError
from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.stop_trajectory import stop_trajectory
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice, resting
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory

AT_REST_S = 0.1  # after a motion's end, the robot's measurements are of the arm at rest
LOST_RAD = 0.2  # further than this from the commanded position, the arm was moved by something else
# By so long an impedance without velocity feed-forward follows later, D / K: Franka's follower's for J7 is 5 / 20 s.
LAG_S = 0.25
# When a stop begins after it could: a stop leaves the path, and may touch what the motion itself would pass. A head is
# at rest by then. Where none is clear, as early as possible: who stops the arm wants it to stop.
STOPS_LATER_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4)


class CommandedMotion:
    """The last motion that was sent. It ends at rest; where it does so early, the remainder takes over in time.

    Args:
        lead: how far ahead a change has to be planned.
        held: from measured joint positions to where the arm is being held, which differs by what it sags.
        check: raises CollisionError for a motion that should not be sent.

    Attributes:
        trajectory: what was sent last; None when the arm is only held.
        moving: whether the arm is to be brought to rest when the loop holds.
    """

    def __init__(self, lead: PlanningLatency, held: Callable[[Array], Array], check: MotionCheck = lambda motion: None):
        self._lead, self._held, self._check = lead, held, check
        self.trajectory: JointTrajectory | None = None
        self.moving = False
        self._remainder: Remainder | None = None

    def forget(self) -> None:
        """The arm is held at an unknown place."""
        self.trajectory = self._remainder = None

    def drop(self) -> None:
        """The arm finishes the head that was sent, and nothing more is."""
        self._remainder, self.moving = None, False

    def follow(self, head: JointTrajectory, leaves_s: float, remainder: Remainder | None = None) -> None:
        """The head of a plan is being sent, which goes to rest from `leaves_s` on.

        Args:
            remainder: works out the plan's remainder when it is due; None if `keep` will bring it.
        """
        self.trajectory, self._leaves_s, self._remainder, self.moving = head, leaves_s, remainder, True

    def keep(self, whole: JointTrajectory | None) -> None:
        """The remainder of the motion that is followed has been worked out; None if the head is all of it."""
        self._remainder = lambda: whole

    def due_remainder(self, time_s: float, ahead_s: float) -> Remainder | None:
        """The remainder, to be worked out and sent now, once the head goes to rest less than `ahead_s` from now."""
        if self._remainder is None or time_s + ahead_s <= self._leaves_s:
            return None
        due, self._remainder = self._remainder, None
        return due

    def rest_of(self, whole: JointTrajectory | None, time_s: float) -> Commands | None:
        """The part of the remainder to send; None where the arm would already brake when the robot receives it.

        Then it stops, and the next plan starts from there.
        """
        if whole is None or time_s + self._lead.sending_s > self._leaves_s:
            return None
        return Commands(whole.part(slice(whole.last_before(time_s), None)), before_s=self._leaves_s)

    def running(self, time_s: float, lead_s: float, measured_rad: Array) -> RunningMotion:
        """The motion for a planner, which takes over from it; its remainder is dropped.

        Args:
            measured_rad: where the arm is, for the start (joints,).
        """
        self._remainder = None
        trajectory = resting(time_s, self._held(measured_rad)) if self.trajectory is None else self.trajectory
        return RunningMotion(time_s, lead_s, trajectory)

    def stop(
        self, time_s: float, limits: MotionLimits, period_s: float, lead_s: float | None = None
    ) -> Commands | None:
        """What brings the arm to rest, as soon as it can be clear on the way; None when nothing moves it.

        A stop at rest would only be another message whose fate is open.

        Args:
            lead_s: from now to where it begins; None: as long as planning a motion takes [s].
        """
        lead_s = self._lead.total_s if lead_s is None else lead_s
        self._remainder = None
        if self.trajectory is None or not self.moving or self.over(time_s):
            return None
        first: Commands | None = None
        for later_s in STOPS_LATER_S:
            over = TrajectorySplice.plan(self.trajectory, time_s, lead_s + later_s)
            stop = over.complete(stop_trajectory(over.time_s, over.state, limits, period_s))
            commands = Commands(stop, before_s=over.time_s)
            if self._clear(stop):
                return commands
            first = first or commands
        return first

    def moved_rad(self, time_s: float, end_s: float) -> Array | None:
        """By how much the arm is commanded to move between two times [s] (joints,); None where it is only held."""
        if self.trajectory is None or not self.moving:
            return None
        before, after = self.trajectory.sample(np.array([time_s, end_s]))[0]
        return np.asarray(after - before)

    def sent(self, trajectory: JointTrajectory) -> None:
        """Another trajectory was sent in place of this one."""
        self.trajectory = trajectory

    def rest_at(self, time_s: float, position_rad: Array, measured_rad: Array) -> None:
        """The controller holds the arm there (joints,), unless that is elsewhere than the arm."""
        if np.abs(measured_rad - position_rad).max() <= LOST_RAD:
            self.trajectory, self._remainder = resting(time_s, position_rad), None

    def take_up(self, time_s: float, measured_rad: Array) -> None:
        """After a hold: from where the robot says that it holds the arm; what was sent may not have reached it."""
        over = self.trajectory is not None and time_s > self.trajectory.time_s[-1] + AT_REST_S
        if over and (self._held(measured_rad) != measured_rad).any():
            self.trajectory = None

    def lost(self, time_s: float, measured_rad: Array) -> bool:
        """Whether the arm was elsewhere when it was measured."""
        if self.trajectory is None or time_s < self.trajectory.time_s[0]:
            return False  # the motion before that is not known
        position, velocity = self.trajectory.sample(np.array([time_s, time_s - LAG_S]))
        return bool((np.abs(measured_rad - position[0]) > LOST_RAD + LAG_S * np.abs(velocity).max(axis=0)).any())

    def over(self, time_s: float) -> bool:
        """Whether nothing is left to do."""
        return self.trajectory is None or bool(time_s > self.trajectory.time_s[-1])

    # --- inside ------------------------------------------------------------------------------------------------------
    def _clear(self, motion: JointTrajectory) -> bool:
        try:
            self._check(motion)
        except CollisionError:
            return False
        return True
