"""The loop that runs a policy: observations in, joint trajectories and gripper goals out; imports core and kinematics.

    tick -> ObservationMonitor -> ObservationWindow -> [inference thread: ChunkPlanner] -> CommandedMotion -> send

`tick` returns at once; whatever takes time runs where `submit` puts it. Clock, thread and sink come from outside, so
the same loop runs in a node, in a test and in lock step.

Of a motion only the head is sent at once, which goes to rest; the rest follows at a later tick, if no other motion
has: what is sent ends at rest at any time, and when inference stops answering the arm finishes its chunk.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

from midp_ros.control.chunks.chunk_hand_over import with_handover
from midp_ros.control.chunks.scheduler import ChunkScheduler
from midp_ros.control.loop.chunk_planner import Check, ChunkPlanner, PlannedMotion, PlanningError
from midp_ros.control.loop.command_sink import CommandSink
from midp_ros.control.loop.commanded_motion import CommandedMotion, Rest
from midp_ros.control.loop.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.control.supervision.observation_monitor import ObservationMonitor, Sample, State
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import ContractError
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.kinematics.profile import RobotProfile

JOINTS = "joint_position"
LEAD_S = 0.05  # least time from a chunk to its effect: to shape it and to get it to the controller
OVERRUN_S = 0.5  # an inference that takes longer, with the arm at the end of its chunk, is news


class PolicyRunner:
    """Runs one policy in closed loop; see the module's docstring.

    Args:
        clock: the present time [s], on the observations' clock.
        submit: runs a job, one at a time and in order; an executor's `submit`, or a plain call for lock step.
        send: takes commands; called from `tick` and from the submitted job.
        gripper_open_m: the gripper's widest opening.
        shaper: keeps what is sent within the robot's limits; by default for the contract's robot.
        lead_s: a new trajectory differs from the running one at the earliest this long after it was asked for [s], and
            later where planning and sending lately took longer; 0 where time stands still meanwhile.
        held: from measured joint positions to where the arm is being held, which differs by what it sags.
        handover: one of `HANDOVERS`: how a chunk takes over from the one before it.
        check: refuses a motion before it is sent, as CollisionCheck.require_clear does.
    """

    def __init__(
        self,
        policy: Policy,
        tracker: Tracker,
        supervisor: ObservationMonitor,
        clock: Callable[[], float],
        submit: Callable[[Callable[[], None]], object],
        send: Callable[[Commands], None],
        gripper_open_m: float,
        shaper: CommandShaper | None = None,
        lead_s: float = LEAD_S,
        held: Callable[[Array], Array] | None = None,
        handover: str = "auto",
        check: Check = lambda motion: None,
    ):
        self.contract = policy.contract
        if JOINTS not in self.contract.observation_slices:
            raise ContractError(
                f"running a policy needs observation {JOINTS!r}; it has {list(self.contract.observation_slices)}"
            )
        policy = with_handover(policy, handover, lambda: self._scheduler.past_steps)
        self._supervisor, self._clock, self._submit = supervisor, clock, submit
        self._shaper = shaper or CommandShaper(RobotProfile.load(self.contract.robot))
        self._lead, self.stages = PlanningLatency(lead_s), LatencyProfile()
        self._sink = CommandSink(self.contract, gripper_open_m, send, self._lead, clock)
        self._planner = ChunkPlanner(policy, tracker, self._shaper, self._lead, clock, self.stages, check)
        self._motion = CommandedMotion(self._lead, held or (lambda measured_rad: measured_rad))
        self._scheduler = ChunkScheduler(self.contract, policy.executed_steps)
        self._lock = threading.RLock()
        self._ticked_s: float | None = None
        self._episode = 0  # what was computed for another one is dropped
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forgets everything seen and planned: the next tick starts from the measured state."""
        with self._lock:
            self._seed = seed
            self._supervisor.reset()
            self._chunks = 0
            self._sink.reset()
            self._motion.forget()
            self._restart()

    def tick(self, samples: Mapping[str, Sample]) -> Issued | None:
        """One control step; returns the action of the step before, now that it is settled."""
        with self._lock:
            issued = self._issued()
            job = self._step(samples)
        if job is not None:  # without the lock: the job may run at once, on a core that this thread then waits for
            self._submit(job)
        return issued

    def stop(self) -> None:
        """Brings the arm to rest and drops what is under way."""
        with self._lock:
            self._hold(self._clock())

    def abandon(self) -> None:
        """Drops what is under way without a word: the controller finishes what it has.

        For when the times of what was sent mean nothing any more.
        """
        with self._lock:
            self._motion.forget()
            self._motion.moving = False
            self._restart()

    def sample(self, time_s: float) -> tuple[Array, Array] | None:
        """Commanded joint position [rad] and velocity [rad/s] at a time, for streaming; None before the first chunk."""
        with self._lock:
            trajectory = self._motion.trajectory
            return None if trajectory is None else trajectory.sample(time_s)

    def gripper_finished(self, accepted: bool = True) -> None:
        """The gripper goal that was sent has come back."""
        with self._lock:
            self._sink.gripper_finished(accepted)

    def status(self) -> RunnerStatus:
        """How the loop stands."""
        with self._lock:
            s = self._supervisor
            return RunnerStatus(s.state, s.reason, s.age_s, self._scheduler.latency_s, self._chunks)

    def report(self) -> tuple[State, str] | None:
        """State and reason when they are news to a log."""
        with self._lock:
            return self._supervisor.report(self._clock())

    # --- inside, with the lock held ----------------------------------------------------------------------------------
    def _step(self, samples: Mapping[str, Sample]) -> Callable[[], None] | None:
        """Takes the samples in; the inference to submit, if one is due."""
        time_s = self._clock()
        vector = self._supervisor.observe(time_s, samples)
        if vector is None:
            self._hold(time_s)
            return None
        measured_s, measured_rad = samples[JOINTS].time_s, vector[self.contract.observation_slices[JOINTS]]
        if self._ticked_s is None:
            self._motion.take_up(measured_s, measured_rad)
        elif self._motion.lost(measured_s, measured_rad):
            self._motion.forget()
            self._restart()
        self._window.push(time_s, vector)
        self._ticked_s, self._measured = time_s, vector
        self._go_on(self._clock, self.contract.step_s + self._lead.total_s)
        if self._scheduler.due(time_s):
            self.stages.add("age", time_s - max(sample.time_s for sample in samples.values()))
            return self._ask(time_s)
        if (action := self._scheduler.action(time_s)) is not None:
            self._sink.command(action, self._measured, Commands())
        return None

    def _restart(self) -> None:
        self._episode += 1
        self._asked_s: float | None = None
        self._fresh = True  # the policy has to start an episode before it acts
        self._window = ObservationWindow(self.contract)
        self._scheduler.reset()
        self._ticked_s = None
        self._measured = np.zeros(self.contract.observation_size)

    def _hold(self, time_s: float) -> None:
        if self._ticked_s is None:
            return  # nothing was under way
        stop = self._motion.stop(time_s, self._shaper.limits, self._shaper.period_s)
        self._restart()
        if stop is not None:
            self._sink.deliver(Commands(stop))

    def _go_on(self, clock: Callable[[], float], ahead_s: float) -> None:
        try:
            rest = self._motion.go_on(clock, ahead_s)
        except PlanningError as e:
            self._supervisor.failed(str(e))  # what was sent goes to rest
            return
        if rest is not None:
            self._sink.deliver(Commands(rest))

    def _issued(self) -> Issued | None:
        if self._ticked_s is None:
            return None
        action = self._scheduler.action(self._ticked_s)
        return None if action is None else Issued(self._ticked_s, action)

    def _ask(self, time_s: float) -> Callable[[], None] | None:
        if self._asked_s is not None:
            self._judge_overrun(time_s, time_s - self._asked_s)
            return None
        self._asked_s = time_s
        episode, window, seed = self._episode, self._window.copy(), self._seed if self._fresh else None
        self._fresh = False
        asked_s = time.monotonic()
        return lambda: self._plan(episode, window, seed, asked_s)

    def _judge_overrun(self, time_s: float, waited_s: float) -> None:
        """The arm finishes its chunk and rests; that it does so for want of an answer must be known."""
        if self._motion.over(time_s) and waited_s > OVERRUN_S:
            self._motion.moving = False
            self._supervisor.failed(f"inference has not answered: it was asked {waited_s:.1f} s ago")

    def _plan(self, episode: int, window: ObservationWindow, seed: int | None, asked_s: float) -> None:
        """Runs outside the lock, and takes it only to read and to write the shared state."""
        self.stages.add("dispatch", time.monotonic() - asked_s)
        try:
            chunk = self._planner.act(window, seed)
            if (accepted := self._accept(episode, chunk)) is None:
                return
            actions, state = accepted
            planned = self._planner.motion(actions, state, self._leave)
            # By the next step another chunk has followed; if none has, there is time.
            rest = planned.whole if self._outlasts_next_step(planned) else None
            self._take(episode, planned, actions, rest)
            planned.head.prepare()  # the next step samples it
            if rest is not None:
                return
            whole = planned.whole()
        except PlanningError as e:
            self._fail(episode, str(e))
            return
        with self._lock:
            if episode == self._episode:
                self._motion.keep(lambda: whole)

    def _outlasts_next_step(self, planned: PlannedMotion) -> bool:
        """Where every step asks for a chunk: whether the head leaves another step the time to work out the rest."""
        steps = 2 if self._scheduler.executed_steps == 1 else math.inf
        return planned.leaves_s > self._clock() + steps * self.contract.step_s + self._lead.total_s

    def _accept(self, episode: int, chunk: ActionChunk) -> tuple[ActionChunk, tuple[Array, Array]] | None:
        """What is left of the chunk, and the commanded state then; None if nobody waits for it any more."""
        with self._lock:
            if episode != self._episode:
                return None
            time_s = max(self._clock(), chunk.time_s)
            actions, running = self._scheduler.accept(chunk, time_s), self._motion.running(time_s, self._measured_rad)
        if actions is None:
            raise PlanningError(f"inference is too slow: its chunk came {time_s - chunk.time_s:.2f} s late")
        return actions, running.sample(time_s)

    def _leave(self, not_before_s: float, lead_s: float) -> TrajectorySplice:
        """Where the running motion is left; from then on it is not changed any more."""
        with self._lock:
            self._go_on(lambda: max(self._clock(), not_before_s), lead_s)
            time_s = max(self._clock(), not_before_s)
            self._motion.keep(None)
            return TrajectorySplice.plan(self._motion.running(time_s, self._measured_rad), time_s, lead_s)

    def _fail(self, episode: int, problem: str) -> None:
        with self._lock:
            if episode == self._episode:
                self._asked_s = None
                self._supervisor.failed(problem)
                self._hold(self._clock())

    def _take(self, episode: int, planned: PlannedMotion, actions: ActionChunk, rest: Rest | None) -> None:
        with self._lock:
            if episode == self._episode:
                self._asked_s = None
                self._supervisor.succeeded()
                self._chunks += 1
                self._motion.follow(planned.head, planned.leaves_s)
                self._motion.keep(rest)
                self._sink.command(actions.actions[0], self._measured, Commands(planned.head, chunk=actions))

    @property
    def _measured_rad(self) -> Array:
        return self._measured[self.contract.observation_slices[JOINTS]]
