"""From an observation window to a motion within the limits: the slow part of the loop; imports core.

    act:   window -> Policy -> action chunk
    plan:  action chunk, running motion -> Tracker -> ShapedMotion -> checks -> Plan

Both run on the inference thread and change nothing outside. They are two, as the running motion is only known once the
policy has answered: a large model takes a second, and the arm goes on meanwhile.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from midp_ros.control.chunks.scheduler import remaining_actions
from midp_ros.control.loop.commands import TrackedMotion, Tracker
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.plan import MotionCheck, Plan, PlanningError, RunningMotion
from midp_ros.control.shaping.collision_check import CollisionError
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.shaping.shaped_motion import ShapedMotion
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow

HEAD_STEPS = 2.5  # after the take-over: by then the next chunk has followed, where each step asks for one
LEAST_HEAD_STEPS = 1.5  # the remainder has to be worked out and sent by then; with less the arm stopped between chunks
PATIENCE_S = 0.003  # of shaping; where limits bind it takes five times as long as elsewhere


@contextmanager
def _stage(name: str) -> Iterator[None]:
    """Turns whatever a policy or a tracker raises into a PlanningError: the arm holds, and the loop goes on."""
    try:
        yield
    except CollisionError as e:
        raise PlanningError(str(e)) from e
    except Exception as e:
        raise PlanningError(f"{name} failed: {e}") from e


class ChunkPlanner:
    """Plans one motion after the other on one thread; the remainder of a plan may be worked out on another one.

    Args:
        clock: the present time [s], for the patience of shaping; where time stands still, all of a head is shaped.
        stages: receives how long each stage took.
        check: refuses a motion before it is sent, as CollisionCheck.require_clear does; called for the head and for
            the remainder of each plan.
    """

    def __init__(
        self,
        policy: Policy,
        tracker: Tracker,
        shaper: CommandShaper,
        clock: Callable[[], float],
        stages: LatencyProfile,
        check: MotionCheck = lambda motion: None,
    ):
        self._policy, self._tracker, self._shaper = policy, tracker, shaper
        self._clock, self._stages, self._check = clock, stages, check
        self._using = threading.Lock()  # tracker, shaper and check

    def act(self, window: ObservationWindow, seed: int | None) -> ActionChunk:
        """The policy's chunk; raises PlanningError.

        Args:
            seed: of the episode that begins; None within one.
        """
        with _stage("inference"):
            if seed is not None:
                self._policy.reset(seed)
            with self._stages.timed("inference"):
                chunk = self._policy.act(window)
            if not np.isfinite(chunk.actions).all():
                raise ValueError("the policy's actions are not finite")
            return chunk

    def plan(self, chunk: ActionChunk, running: RunningMotion) -> Plan:
        """The motion along a chunk that takes over from the running one; raises PlanningError.

        The head of a motion that starts from rest on arrival is all of it.
        """
        actions = remaining_actions(chunk, running.time_s)
        if actions is None:
            late_s = running.time_s - chunk.time_s
            raise PlanningError(f"inference is too slow: its chunk came {late_s:.2f} s late")
        over = running.splice()
        desired = self._track(actions, running, over.time_s)
        shaped, head = self._shape(desired, over, math.inf if running.at_rest else chunk.step_s)
        remainder = partial(self._remainder, over, shaped)
        return Plan(running.time_s, chunk, actions, head, over.time_s, shaped.reached_s, remainder, running.at_rest)

    # --- inside ------------------------------------------------------------------------------------------------------
    def _track(self, actions: ActionChunk, running: RunningMotion, start_s: float) -> TrackedMotion:
        """From where the arm is; worked out as far as the head looks ahead."""
        with _stage("tracking"), self._stages.timed("tracking"), self._using:
            desired = self._tracker.motion(actions, *running.trajectory.sample(actions.time_s))
            desired.reach(start_s + HEAD_STEPS * actions.step_s + self._shaper.horizon_s)
            return desired

    def _shape(
        self, desired: TrackedMotion, over: TrajectorySplice, step_s: float
    ) -> tuple[ShapedMotion, JointTrajectory]:
        """HEAD_STEPS of it; where that takes long, as much as lets the next control step send the remainder in time.

        With steps that never end it is all of it.
        """
        with _stage("shaping"), self._stages.timed("shaping"), self._using:
            shaped = ShapedMotion(desired, over.time_s, over.state, self._shaper)
            if math.isinf(step_s):
                head = over.complete(shaped.whole())
                self._check(head)
                return shaped, head
            least_s, until_s = over.time_s + LEAST_HEAD_STEPS * step_s, self._clock() + PATIENCE_S
            head = over.complete(
                shaped.head(
                    over.time_s + HEAD_STEPS * step_s, lambda: shaped.reached_s >= least_s and self._clock() > until_s
                )
            )
            self._check(head)
            return shaped, head

    def _remainder(self, over: TrajectorySplice, shaped: ShapedMotion) -> JointTrajectory | None:
        with _stage("shaping"), self._using:
            if shaped.complete:
                return None
            whole = over.complete(shaped.whole())
            self._check(whole)
            return whole
