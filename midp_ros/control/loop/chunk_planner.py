"""From an observation window to a motion within the limits: what takes time in the loop; imports core.

Policy.act -> [ChunkScheduler] -> Tracker -> ShapedMotion: its head, and later the rest
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from midp_ros.control.loop.commands import Tracker
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.shaping.collision_check import CollisionError
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.shaping.shaped_motion import ShapedMotion
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import DesiredMotion, JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow

SHAPING_ATTEMPTS = 3
HEAD_STEPS = 2.5  # after the hand-over: by then the next chunk has followed, where each step asks for one
LEAST_HEAD_STEPS = 1.5  # the rest has to be worked out and sent by then; with less the arm stopped between chunks
PATIENCE_S = 0.003  # of shaping; where limits bind it takes five times as long as elsewhere
Leave = Callable[[float, float], TrajectorySplice]
Check = Callable[[JointTrajectory], None]  # raises CollisionError


class PlanningError(MidpError):
    """No motion came of an observation; the message says at which stage."""


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """Whatever a policy or a tracker raises, the arm must hold rather than the loop die."""
    try:
        yield
    except CollisionError as e:
        raise PlanningError(str(e)) from e
    except Exception as e:
        raise PlanningError(f"{name} failed: {e}") from e


@dataclass(frozen=True)
class PlannedMotion:
    """A motion that takes over from the running one.

    Attributes:
        head: to be sent at once; it goes to rest early.
        leaves_s: when it begins to do so [s].
    """

    head: JointTrajectory
    leaves_s: float
    _over: TrajectorySplice
    _shaped: ShapedMotion
    _using: threading.Lock
    _check: Check

    def whole(self) -> JointTrajectory | None:
        """The motion to its end, which the head leaves at `leaves_s`; None if the head is all of it.

        Raises PlanningError.
        """
        with _stage("shaping"), self._using:
            if self._shaped.complete:
                return None
            whole = self._over.complete(self._shaped.whole())
            self._check(whole)
            return whole


class ChunkPlanner:
    """Plans one motion after the other, always on the same thread; the whole of one may be wanted on another.

    Args:
        lead: learns here what shaping takes.
        clock: the present time [s].
        check: refuses a motion before it is sent, as CollisionCheck.require_clear does.
    """

    def __init__(
        self,
        policy: Policy,
        tracker: Tracker,
        shaper: CommandShaper,
        lead: PlanningLatency,
        clock: Callable[[], float],
        times: LatencyProfile,
        check: Check = lambda motion: None,
    ):
        self._policy, self._tracker, self._shaper = policy, tracker, shaper
        self._lead, self._clock, self._times = lead, clock, times
        self._check = check
        self._using = threading.Lock()  # tracker, shaper and check

    def act(self, window: ObservationWindow, seed: int | None) -> ActionChunk:
        """The policy's chunk; raises PlanningError.

        Args:
            seed: of the episode that begins; None within one.
        """
        with _stage("inference"):
            if seed is not None:
                self._policy.reset(seed)
            with self._times.timed("inference"):
                chunk = self._policy.act(window)
            if not np.isfinite(chunk.actions).all():
                raise ValueError("the policy's actions are not finite")
            return chunk

    def motion(self, actions: ActionChunk, state: tuple[Array, Array], leave: Leave) -> PlannedMotion:
        """What the arm will do of the actions; raises PlanningError.

        Args:
            state: commanded position [rad] and velocity [rad/s] at the actions' time, each (joints,).
            leave: from the earliest present time [s] and a lead [s] to where the running motion is left.
        """
        ahead_s = self._lead.total_s + HEAD_STEPS * actions.step_s + self._shaper.horizon_s
        with _stage("tracking"), self._times.timed("tracking"), self._using:
            desired = self._tracker.motion(actions, *state)
            desired.reach(actions.time_s + ahead_s)
        with _stage("shaping"), self._times.timed("shaping"):
            return self._shape(desired, actions.step_s, leave)

    def _shape(self, desired: DesiredMotion, step_s: float, leave: Leave) -> PlannedMotion:
        """From where the arm will be when it hears of that; raises TimeoutError."""
        lead_s = self._lead.total_s
        for _ in range(SHAPING_ATTEMPTS):
            start_s = self._clock()
            over = leave(float(desired.time_s[0]), lead_s)
            with self._using:
                shaped = ShapedMotion(desired, over.time_s, over.state, self._shaper)
                head = over.complete(self._head(shaped, over.time_s, step_s))
                self._check(head)
            now_s = self._clock()
            self._lead.planned(now_s - start_s)
            if now_s + self._lead.sending_s <= over.time_s:
                return PlannedMotion(head, shaped.reached_s, over, shaped, self._using, self._check)
            lead_s *= 2  # the arm has gone on without it
        raise TimeoutError(f"it took longer than {lead_s / 2:.2f} s")

    def _head(self, shaped: ShapedMotion, start_s: float, step_s: float) -> JointTrajectory:
        """HEAD_STEPS of it; where that takes long, as much as lets the next control step send the rest in time."""
        least_s, until_s = start_s + LEAST_HEAD_STEPS * step_s, self._clock() + PATIENCE_S
        return shaped.head(
            start_s + HEAD_STEPS * step_s, lambda: shaped.reached_s >= least_s and self._clock() > until_s
        )
