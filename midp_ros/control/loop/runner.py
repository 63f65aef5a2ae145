"""The loop that runs a policy: observations in, joint trajectories and gripper goals out; imports core and kinematics.

    tick -> ObservationMonitor -> ObservationWindow -> [inference thread: PlanCycle] -> MotionSender -> send

`tick` returns at once; the planning runs where `submit` puts it. Clock, thread and sink come from outside, so that the
same loop runs in a node, in a test and in lock step.

Only the head of each motion is sent at once; it ends in a stop. The remainder follows unless a newer motion has
replaced it. So what was sent always ends at rest, and when inference stops answering the arm finishes its chunk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from midp_ros.control.chunks.chunk_hand_over import with_handover
from midp_ros.control.loop.chunk_planner import ChunkPlanner
from midp_ros.control.loop.command_sink import CommandSink
from midp_ros.control.loop.commanded_motion import CommandedMotion
from midp_ros.control.loop.commands import JOINTS, Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.loop.delivery import Delivery
from midp_ros.control.loop.latency_profile import LatencyProfile
from midp_ros.control.loop.motion_sender import MotionSender
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.control.loop.plan_cycle import PlanCycle
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.control.loop.sent_message import Fate, News
from midp_ros.control.shaping.command_shaper import CommandShaper
from midp_ros.control.supervision.contact_guard import AHEAD_S, ContactGuard, ExternalForces
from midp_ros.control.supervision.observation_monitor import ObservationMonitor, Sample, State, pictures
from midp_ros.core.arrays import Array
from midp_ros.core.errors import ContractError
from midp_ros.core.protocols import Policy
from midp_ros.kinematics.profile import RobotProfile

LEAD_S = 0.05  # least time from a chunk to its effect: to shape it and to get it to the controller


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
        guard: judges the external forces that `feel` takes; by default for the contract's robot.
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
        guard: ContactGuard | None = None,
    ):
        self.contract = policy.contract
        if JOINTS not in self.contract.observation_slices:
            raise ContractError(
                f"running a policy needs observation {JOINTS!r}; it has {list(self.contract.observation_slices)}"
            )
        policy = with_handover(policy, handover, lambda: self._cycle.run.scheduler.past_steps)
        self._monitor, self._clock, self._submit = monitor, clock, submit
        shaper = shaper or CommandShaper(RobotProfile.load(self.contract.robot))
        self._guard = guard or ContactGuard(RobotProfile.load(self.contract.robot))
        lead, self.stages = PlanningLatency(lead_s), LatencyProfile()
        self._sink = CommandSink(self.contract, gripper_open_m, send, lead, clock)
        self._motion = CommandedMotion(lead, held or (lambda measured_rad: measured_rad), check)
        self._delivery, self._lead = delivery or Delivery(), lead
        self._sender = MotionSender(self._motion, self._delivery, self._sink, shaper, clock, monitor.failed)
        planner = ChunkPlanner(policy, tracker, shaper, clock, self.stages, check)
        self._lock = threading.RLock()
        self._cycle = PlanCycle(
            self.contract, policy.executed_steps, planner, self._sender, lead, monitor, clock, self.stages, self._lock,
            self._hold,
        )  # fmt: skip
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forgets all observations and plans: the next tick starts from the measured state."""
        with self._lock:
            self._monitor.reset()
            self._guard.forget()
            self._contact_stops = 0
            self._sink.reset()
            self._motion.forget()
            self._sender.reset()
            self._cycle.reset(seed)

    def tick(self, samples: Mapping[str, Sample]) -> Issued | None:
        """One control step; returns the action that was in force during the step before."""
        with self._lock:
            issued = self._cycle.run.issued()
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
            self._cycle.end_run()

    def feel(self, felt: ExternalForces) -> str:
        """External forces, measured between two control steps: a motion that presses too hard is stopped.

        The next control step plans anew from there. Nothing is stopped where no message may be sent now.

        Returns:
            Which force was near its threshold; empty where nothing was stopped.
        """
        with self._lock:
            self._guard.feel(felt)
            time_s, lead_s = self._clock(), self._lead.sending_s
            if not (near := self._guard.near(lead_s)) or not self._delivery.open(time_s):
                return ""
            moved_rad = self._motion.moved_rad(time_s + lead_s, time_s + lead_s + AHEAD_S)
            if moved_rad is None or not self._guard.presses(moved_rad):
                return ""
            self._cycle.drop()
            self._sender.stop(time_s, lead_s)
            self._contact_stops += 1
            return near

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
            monitor, cycle = self._monitor, self._cycle
            latency_s = cycle.run.scheduler.latency_s
            counts = cycle.chunks, self._contact_stops
            return RunnerStatus(monitor.state, monitor.reason, monitor.age_s, latency_s, *counts, self._delivery.late)

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
        self._sender.again(time_s)
        vector = self._monitor.observe(time_s, samples)
        self._sender.stop_if_due(time_s)
        if vector is None:
            self._hold(time_s, samples.get(JOINTS))
            return None
        self._compare(samples[JOINTS].time_s, vector[self.contract.observation_slices[JOINTS]])
        run = self._cycle.run
        run.observe(time_s, vector, pictures(self.contract, samples))
        self._sender.go_on(self.contract.step_s + self._lead.total_s)
        if self._may_plan(time_s) and run.scheduler.due(time_s):
            self.stages.add("age", time_s - max(sample.time_s for sample in samples.values()))
            return self._cycle.ask(time_s)
        if (action := run.action()) is not None:
            self._sink.use_gripper(action, vector)
        return None

    def _compare(self, measured_s: float, measured_rad: Array) -> None:
        """Starts anew from the measured joints where the arm is not where it was sent."""
        if self._cycle.run.ticked_s is None:
            self._motion.take_up(measured_s, measured_rad)
        if self._motion.lost(measured_s, measured_rad):
            self._motion.forget()
            self._cycle.end_run()

    def _hold(self, time_s: float, measured: Sample | None = None) -> None:
        if self._cycle.run.ticked_s is None:
            return  # nothing was under way
        self._cycle.end_run()
        if measured is not None and self._elsewhere(measured):
            # From a place where the arm is not, a stop would be a step. The head that was sent goes to rest by itself.
            self._motion.drop()
        self._sender.stop(time_s)

    def _heed(self, news: News) -> None:
        """Takes note of what the controller runs."""
        started = self._cycle.heed(news)
        if news.trajectory is None:
            self._motion.forget()
        elif news.fate is Fate.LOST or started or self._motion.trajectory is None:
            self._motion.follow(news.trajectory, float("inf"))

    def _may_plan(self, time_s: float) -> bool:
        """Whether a plan could be sent; where it is open how quickly messages arrive, finds that out first."""
        if problem := self._delivery.problem(time_s):
            self._monitor.failed(problem)
        if not self._delivery.open(time_s):
            return False
        if self._motion.trajectory is None and self._delivery.known and self._delivery.rest_rad is None:
            return False  # the arm still moves along something that this loop has forgotten
        if self._delivery.wants_probe and (probe := self._delivery.probe(time_s)) is not None:
            self._sender.deliver(probe)
            return False
        return True

    def _elsewhere(self, measured: Sample) -> bool:
        """Whether a measurement, which may be a bad one, has the arm elsewhere than where it was sent."""
        place = self.contract.observation_slices[JOINTS]
        if measured.value is None or measured.value.shape != (place.stop - place.start,):
            return False
        return self._motion.lost(measured.time_s, measured.value)
