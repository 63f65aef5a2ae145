"""The running motion that a planner starts from, and the plan of the motion that takes over from it; imports core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import JointTrajectory

# Works out the motion to its end, which the head leaves early; None if the head is all of it. Raises PlanningError.
Remainder = Callable[[], "JointTrajectory | None"]
# Raises CollisionError where a motion must not be sent.
MotionCheck = Callable[[JointTrajectory], None]


class PlanningError(MidpError):
    """No motion came of an observation; the message names the stage that failed."""


@dataclass(frozen=True)
class RunningMotion:
    """The motion of the arm while another one is planned, which takes over from it. It stays as it is until then.

    Attributes:
        time_s: the present [s].
        lead_s: time from the present to the first change of the motion, at least [s].
        trajectory: ends at rest; a single point where the arm is held.
        at_rest: the next motion starts from there when it arrives, and cannot be changed on its way.
    """

    time_s: float
    lead_s: float
    trajectory: JointTrajectory
    at_rest: bool = False

    def splice(self) -> TrajectorySplice:
        """The place where another motion takes over."""
        return TrajectorySplice.plan(self.trajectory, self.time_s, self.lead_s)


@dataclass(frozen=True)
class Plan:
    """A motion that takes over from the running one.

    Attributes:
        time_s: when it was asked for [s].
        chunk: the policy's answer.
        actions: the part of the chunk that is not past at `time_s`.
        head: to be sent before `takes_over_s`; it goes to rest early.
        takes_over_s: up to then the head is the running motion [s].
        leaves_s: from then on the head goes to rest [s].
        remainder: for the case that no other plan follows before `leaves_s`.
        on_arrival: the head starts when it arrives; its times count from then on.
    """

    time_s: float
    chunk: ActionChunk
    actions: ActionChunk
    head: JointTrajectory
    takes_over_s: float
    leaves_s: float
    remainder: Remainder
    on_arrival: bool = False
