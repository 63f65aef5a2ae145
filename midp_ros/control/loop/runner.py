"""The loop that runs a policy: observations in, joint trajectories and gripper goals out; imports core and kinematics.

    tick -> ObservationMonitor -> ObservationWindow -> [inference thread: ChunkPlanner] -> CommandedMotion -> send

`tick` returns at once; the planning runs where `submit` puts it. Clock, thread and sink come from outside, so that the
same loop runs in a node, in a test and in lock step.

Only the head of each motion is sent at once; it ends in a stop. The remainder follows unless a newer motion has
replaced it. So what was sent always ends at rest, and when inference stops answering the arm finishes its chunk.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from midp_ros.control.chunks.chunk_hand_over import with_handover
from midp_ros.control.loop.chunk_planner import ChunkPlanner
from midp_ros.control.loop.command_sink import CommandSink
from midp_ros.control.loop.commanded_motion import CommandedMotion
from midp_ros.control.loop.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.loop.delivery import Delivery, Fate, News
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.plan import MotionCheck, Plan, PlanningError, Remainder, RunningMotion
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.loop.run import Run
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.shaping.trajectory_splice import resting
from midp_ros.control.supervision.observation_monitor import ObservationMonitor, Sample, State
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import ContractError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.kinematics.profile import RobotProfile

JOINTS = "joint_position"
LEAD_S = 0.05  # least time from a chunk to its effect: to shape it and to get it to the controller
ATTEMPTS = 3  # at a motion that takes over in time
OVERRUN_S = 0.5  # an inference that takes longer, with the arm at the end of its chunk, is news


class PolicyRunner:
    """Runs one policy in closed loop; see the module's docstring.

    Args:
        monitor: decides whether the arm may move.
        clock: the present time [s], on the observations' clock.
        submit: runs a job on the inference thread, one at a time and in order; for lock step a plain call.
        send: receives the commands; called from `tick` and from the submitted job.
        gripper_open_m: the gripper's widest opening.
        shaper: keeps what is sent within the robot's limits; by default for the contract's robot.
        lead_s: least time from asking for a new trajectory to its first difference from the running one [s]; more where
            planning and sending took longer lately; 0 where time stands still meanwhile.
        held: from measured joint positions to where the arm is being held, which differs by what it sags.
        handover: one of `HANDOVERS`: how a chunk takes over from the one before it.
        check: refuses a motion before it is sent, as CollisionCheck.require_clear does.
        delivery: what became of the messages; without it, each counts as delivered in time.
    """

    def __init__(
        self,
        policy: Policy,
        tracker: Tracker,
        monitor: ObservationMonitor,
        clock: Callable[[], float],
        submit: Callable[[Callable[[], None]], object],
        send: Callable[[Commands], bool | None],
        gripper_open_m: float,
        shaper: CommandShaper | None = None,
        lead_s: float = LEAD_S,
        held: Callable[[Array], Array] | None = None,
        handover: str = "auto",
        check: MotionCheck = lambda motion: None,
        delivery: Delivery | None = None,
    ):
        self.contract = policy.contract
        if JOINTS not in self.contract.observation_slices:
            raise ContractError(
                f"running a policy needs observation {JOINTS!r}; it has {list(self.contract.observation_slices)}"
            )
        policy = with_handover(policy, handover, lambda: self._run.scheduler.past_steps)
        self._monitor, self._clock, self._submit = monitor, clock, submit
        self._shaper = shaper or CommandShaper(RobotProfile.load(self.contract.robot))
        self._lead, self.stages = PlanningLatency(lead_s), LatencyProfile()
        self._sink = CommandSink(self.contract, gripper_open_m, send, self._lead, clock)
        self._planner = ChunkPlanner(policy, tracker, self._shaper, clock, self.stages, check)
        self._motion = CommandedMotion(self._lead, held or (lambda measured_rad: measured_rad), check)
        self._delivery = delivery or Delivery()
        self._executed_steps = policy.executed_steps
        self._lock = threading.RLock()
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forgets all observations and plans: the next tick starts from the measured state."""
        with self._lock:
            self._seed = seed
            self._monitor.reset()
            self._chunks = 0
            self._sink.reset()
            self._motion.forget()
            self._starting: tuple[Run, Plan] | None = None  # that starts on arrival
            self._stop_due = False
            self._end_run()

    def tick(self, samples: Mapping[str, Sample]) -> Issued | None:
        """One control step; returns the action that was in force during the step before."""
        with self._lock:
            issued = self._issued()
            job = self._step(samples)
        if job is not None:  # without the lock, which the job needs, as `submit` may wait for the job
            self._submit(job)
        return issued

    def stop(self) -> None:
        """Stops the arm and drops the plan under way."""
        with self._lock:
            self._hold(self._clock())

    def abandon(self) -> None:
        """Drops the motion and sends nothing: the controller finishes what it has.

        For a clock that jumped, after which the times of what was sent mean another motion.
        """
        with self._lock:
            self._delivery.forget()
            self._motion.forget()
            self._motion.moving = False
            self._end_run()

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
        """State of the loop, for diagnostics."""
        with self._lock:
            monitor, latency_s = self._monitor, self._run.scheduler.latency_s
            return RunnerStatus(monitor.state, monitor.reason, monitor.age_s, latency_s, self._chunks)

    def report(self) -> tuple[State, str] | None:
        """State and reason for the log, when they have changed or have lasted for a while."""
        with self._lock:
            return self._monitor.report(self._clock())

    # --- inside, with the lock held ----------------------------------------------------------------------------------
    def _step(self, samples: Mapping[str, Sample]) -> Callable[[], None] | None:
        """Takes the samples in; returns the inference to submit, if one is due."""
        time_s = self._clock()
        if (news := self._delivery.look(time_s)) is not None:
            self._heed(news)
        vector = self._monitor.observe(time_s, samples)
        if self._stop_due and self._delivery.open(time_s):
            self._stop(time_s)
        if vector is None:
            self._hold(time_s, samples.get(JOINTS))
            return None
        self._compare(samples[JOINTS].time_s, vector[self.contract.observation_slices[JOINTS]])
        run = self._run
        run.observe(time_s, vector)
        self._go_on(self.contract.step_s + self._lead.total_s)
        if self._may_plan(time_s) and run.scheduler.due(time_s):
            self.stages.add("age", time_s - max(sample.time_s for sample in samples.values()))
            return self._ask(time_s)
        if (action := run.action()) is not None:
            self._sink.use_gripper(action, vector)
        return None

    def _compare(self, measured_s: float, measured_rad: Array) -> None:
        """Starts anew from the measured joints where the arm is not where it was sent."""
        if self._run.ticked_s is None:
            self._motion.take_up(measured_s, measured_rad)
        if self._motion.lost(measured_s, measured_rad):
            self._motion.forget()
            self._end_run()

    def _end_run(self) -> None:
        self._run = Run(self.contract, self._executed_steps)

    def _hold(self, time_s: float, measured: Sample | None = None) -> None:
        if self._run.ticked_s is None:
            return  # nothing was under way
        self._end_run()
        if measured is not None and self._elsewhere(measured):
            # From a place where the arm is not, a stop would be a step. The head that was sent goes to rest by itself.
            self._motion.drop()
        if self._delivery.open(time_s):
            self._stop(time_s)
        else:  # what was sent goes to rest by itself, and before that happens a message may be possible
            self._stop_due = True

    def _stop(self, time_s: float) -> None:
        for _ in range(ATTEMPTS):  # one that comes too late is not sent; the head that was sent goes to rest by itself
            stop = self._motion.stop(time_s, self._shaper.limits, self._shaper.period_s)
            if stop is None or self._deliver(stop):
                break
            time_s = self._clock()
        self._motion.moving = self._stop_due = False

    def _heed(self, news: News) -> None:
        """Takes note of what the controller runs."""
        starting, self._starting = self._starting, None
        if news.fate is Fate.RUNS and starting is not None:
            self._begun(*starting, news.later_s)
        if news.trajectory is None:
            self._motion.forget()
        elif news.fate is Fate.LOST or starting is not None or self._motion.trajectory is None:
            self._motion.follow(news.trajectory, math.inf)

    def _begun(self, run: Run, plan: Plan, later_s: float) -> None:
        """A motion that starts on arrival has started, so much later than planned."""
        if run is self._run:
            run.scheduler.accept(replace(plan.chunk, time_s=plan.chunk.time_s + later_s), plan.time_s + later_s)

    def _may_plan(self, time_s: float) -> bool:
        """Whether a plan could be sent; where it is open how quickly messages arrive, finds that out first."""
        if not self._delivery.open(time_s):
            return False
        if self._motion.trajectory is None and self._delivery.known and self._delivery.rest_rad is None:
            return False  # the arm still moves along something that this loop has forgotten
        if self._delivery.wants_probe and (probe := self._delivery.probe(time_s)) is not None:
            self._deliver(probe)
            return False
        return True

    def _elsewhere(self, measured: Sample) -> bool:
        """Whether a measurement, which may be a bad one, has the arm elsewhere than where it was sent."""
        place = self.contract.observation_slices[JOINTS]
        if measured.value is None or measured.value.shape != (place.stop - place.start,):
            return False
        return self._motion.lost(measured.time_s, measured.value)

    def _go_on(self, ahead_s: float) -> None:
        """Sends the remainder of the motion where the head goes to rest less than `ahead_s` from now."""
        time_s = self._clock()
        if not self._delivery.open(time_s) or (remainder := self._motion.due_remainder(time_s, ahead_s)) is None:
            return
        try:
            whole = remainder()
        except PlanningError as e:
            self._monitor.failed(str(e))  # what was sent goes to rest
            return
        if (rest := self._motion.rest_of(whole, self._clock())) is not None:
            self._deliver(rest)

    def _deliver(self, commands: Commands) -> bool:
        """Sends a trajectory in place of the running one, unless it is too late for that."""
        commands = self._delivery.stamped(commands)
        sent = self._sink.deliver(commands)
        if sent and commands.trajectory is not None:
            self._delivery.sent(commands, self._clock())
            if not commands.probes:
                self._motion.sent(commands.trajectory)
        return sent

    def _issued(self) -> Issued | None:
        action, time_s = self._run.action(), self._run.ticked_s
        return None if action is None or time_s is None else Issued(time_s, action)

    def _ask(self, time_s: float) -> Callable[[], None] | None:
        run = self._run
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
        self.stages.add("dispatch", time.monotonic() - asked_s)
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
            if run is not self._run:
                return None
            if not self._delivery.open(self._clock()):  # since it was asked for, another message was sent
                run.asked_s = None
                return None
            self._go_on(lead_s)
            time_s = max(self._clock(), not_before_s)
            measured_rad = run.measured[self.contract.observation_slices[JOINTS]]
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
            if run is not self._run or now_s + self._lead.sending_s > plan.takes_over_s:
                return False
            if not self._deliver(Commands(plan.head, chunk=plan.actions, before_s=plan.takes_over_s)):
                return False
            run.asked_s = None
            run.scheduler.accept(plan.chunk, plan.time_s)
            self._monitor.succeeded()
            self._chunks += 1
            self._motion.follow(plan.head, plan.leaves_s, remainder)
            self._sink.use_gripper(plan.actions.actions[0], run.measured)
            return True

    def _start(self, run: Run, plan: Plan) -> None:
        """Sends a plan that starts on arrival, unless its run has ended."""
        with self._lock:
            if run is not self._run:
                return
            run.asked_s = None
            self._monitor.succeeded()
            commands = Commands(plan.head, chunk=plan.actions, on_arrival=True)
            if self._delivery.open(self._clock()) and self._deliver(commands):
                self._starting = run, plan
                self._motion.forget()  # until it is known when it starts
                self._chunks += 1
                self._sink.use_gripper(plan.actions.actions[0], run.measured)

    def _keep(self, run: Run, whole: JointTrajectory | None) -> None:
        with self._lock:
            if run is self._run:
                self._motion.keep(whole)

    def _outlasts_next_step(self, plan: Plan) -> bool:
        """Whether the head leaves another step the time to work out the remainder, and each step asks for a chunk."""
        steps = 2 if self._executed_steps == 1 else math.inf
        return plan.leaves_s > self._clock() + steps * self.contract.step_s + self._lead.total_s

    def _fail(self, run: Run, problem: str) -> None:
        with self._lock:
            if run is self._run:
                run.asked_s = None
                self._monitor.failed(problem)
                self._hold(self._clock())
