"""Plan cycle: asks for a chunk, plans the motion along it and sends that in time; imports core.

    ask -> [inference thread: ChunkPlanner.act -> running motion -> ChunkPlanner.plan -> apply or start]

`ask`, `heed` and `end_run` are called with the loop's lock held; the job that `ask` returns takes it for a moment.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from midp_ros.control.loop.chunk_planner import ChunkPlanner
from midp_ros.control.loop.commands import JOINTS, Commands
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.motion_sender import ATTEMPTS, MotionSender
from midp_ros.control.loop.plan import Plan, PlanningError, Remainder, RunningMotion
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.loop.run import Run
from midp_ros.control.loop.sent_message import Fate, News
from midp_ros.control.shaping.trajectory_splice import resting
from midp_ros.control.supervision.observation_monitor import ObservationMonitor
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.window import ObservationWindow

OVERRUN_S = 0.5  # an inference that takes longer, with the arm at the end of its chunk, is news


class PlanCycle:
    """One plan after the other, each for the run that asked for it.

    Args:
        lock: the loop's.
        hold: brings the arm to rest at a time [s], and ends the run.

    Attributes:
        run: the present one.
        chunks: that were taken over since the reset.
    """

    def __init__(
        self,
        contract: Contract,
        executed_steps: int,
        planner: ChunkPlanner,
        sender: MotionSender,
        lead: PlanningLatency,
        monitor: ObservationMonitor,
        clock: Callable[[], float],
        stages: LatencyProfile,
        lock: threading.RLock,
        hold: Callable[[float], None],
    ):
        self._contract, self._executed_steps, self._planner = contract, executed_steps, planner
        self._sender, self._motion, self._delivery, self._sink = sender, sender.motion, sender.delivery, sender.sink
        self._lead, self._monitor, self._clock, self._stages = lead, monitor, clock, stages
        self._lock, self._hold = lock, hold
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Begins a new episode."""
        self._seed, self.chunks = seed, 0
        self._starting: tuple[Run, Plan] | None = None  # that starts on arrival
        self.end_run()

    def end_run(self) -> None:
        """Drops what is being computed for the present run, and begins another one."""
        self.run = Run(self._contract, self._executed_steps)

    def drop(self) -> None:
        """Drops what is being computed, as its motion was stopped; the run goes on."""
        self.run = self.run.anew()

    def heed(self, news: News) -> bool:
        """Takes note of what the controller runs; returns whether a motion that was to start on arrival was open."""
        starting, self._starting = self._starting, None
        if starting is None:
            return False
        run, plan = starting
        if news.fate is Fate.RUNS and run is self.run:
            chunk = replace(plan.chunk, time_s=plan.chunk.time_s + news.later_s)
            run.scheduler.accept(chunk, plan.time_s + news.later_s)
        return True

    def ask(self, time_s: float) -> Callable[[], None] | None:
        """Returns the inference to submit; None while one is awaited."""
        run = self.run
        if run.asked_s is not None:
            self._judge_overrun(time_s, time_s - run.asked_s)
            return None
        seed = None if run.begun else self._seed
        run.asked_s, run.begun = time_s, True
        return partial(self._answer, run, run.window.copy(), seed, time.monotonic())

    def _judge_overrun(self, time_s: float, waited_s: float) -> None:
        """Reports an arm that has finished its chunk and rests, as no other one came."""
        if self._motion.over(time_s) and waited_s > OVERRUN_S:
            self._motion.moving = False
            self._monitor.failed(f"inference has not answered: it was asked {waited_s:.1f} s ago")

    # --- on the inference thread; each takes the lock for a moment ---------------------------------------------------
    def _answer(self, run: Run, window: ObservationWindow, seed: int | None, asked_s: float) -> None:
        """Plans a motion for a run and applies it."""
        self._stages.add("dispatch", time.monotonic() - asked_s)
        try:
            self._take_over(run, self._planner.act(window, seed))
        except PlanningError as e:
            self._fail(run, str(e))

    def _take_over(self, run: Run, chunk: ActionChunk) -> None:
        lead_s = self._lead.total_s
        for _ in range(ATTEMPTS):
            if (running := self._running(run, chunk.time_s, lead_s)) is None:
                return
            plan = self._planner.plan(chunk, running)
            if plan.on_arrival:
                return self._start(run, plan)
            # By the next step another plan has followed; if none has, there is time.
            later = plan.remainder if self._outlasts_next_step(plan) else None
            if self._apply(run, plan, later):
                plan.head.prepare()  # the next step samples it
                if later is None:
                    self._keep(run, plan.remainder())
                return
            lead_s *= 2  # the arm has gone on without it
        raise PlanningError(f"shaping failed: it took longer than {lead_s / 2:.2f} s")

    def _running(self, run: Run, not_before_s: float, lead_s: float) -> RunningMotion | None:
        """The motion that a plan takes over from; None if the run has ended."""
        with self._lock:
            if run is not self.run:
                return None
            if not self._delivery.open(self._clock()):  # since it was asked for, another message was sent
                run.asked_s = None
                return None
            self._sender.go_on(lead_s)
            time_s = max(self._clock(), not_before_s)
            measured_rad = run.measured[self._contract.observation_slices[JOINTS]]
            rest_rad = self._delivery.rest_rad
            if rest_rad is not None and self._motion.over(time_s):
                self._motion.rest_at(time_s, rest_rad, measured_rad)
            if rest_rad is not None and not self._delivery.quick:
                return RunningMotion(time_s, 0.0, resting(time_s, rest_rad), at_rest=True)
            return self._motion.running(time_s, lead_s, measured_rad)

    def _apply(self, run: Run, plan: Plan, remainder: Remainder | None) -> bool:
        """Sends a plan's head; returns False where it comes too late."""
        with self._lock:
            now_s = self._clock()
            self._lead.planned(now_s - plan.time_s)
            if run is not self.run or now_s + self._lead.sending_s > plan.takes_over_s:
                return False
            if not self._sender.deliver(Commands(plan.head, chunk=plan.actions, before_s=plan.takes_over_s)):
                return False
            run.asked_s = None
            run.scheduler.accept(plan.chunk, plan.time_s)
            self._monitor.succeeded()
            self.chunks += 1
            self._motion.follow(plan.head, plan.leaves_s, remainder)
            self._sink.use_gripper(plan.actions.actions[0], run.measured)
            return True

    def _start(self, run: Run, plan: Plan) -> None:
        """Sends a plan that starts on arrival, unless its run has ended."""
        with self._lock:
            if run is not self.run:
                return
            run.asked_s = None
            self._monitor.succeeded()
            commands = Commands(plan.head, chunk=plan.actions, on_arrival=True)
            if self._delivery.open(self._clock()) and self._sender.deliver(commands):
                self._starting = run, plan
                self._motion.forget()  # until it is known when it starts
                self.chunks += 1
                self._sink.use_gripper(plan.actions.actions[0], run.measured)

    def _keep(self, run: Run, whole: JointTrajectory | None) -> None:
        with self._lock:
            if run is self.run:
                self._motion.keep(whole)

    def _outlasts_next_step(self, plan: Plan) -> bool:
        """Whether the head leaves another step the time to work out the remainder, and each step asks for a chunk."""
        steps = 2 if self._executed_steps == 1 else math.inf
        return plan.leaves_s > self._clock() + steps * self._contract.step_s + self._lead.total_s

    def _fail(self, run: Run, problem: str) -> None:
        with self._lock:
            if run is self.run:
                run.asked_s = None
                self._monitor.failed(problem)
                self._hold(self._clock())
