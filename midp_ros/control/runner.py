"""The loop that runs a policy: observations in, joint trajectories and gripper goals out; imports core and kinematics.

    tick -> Supervisor -> ObservationWindow
         -> [inference thread: Policy.act -> ChunkScheduler -> tracker -> CommandShaper] -> send

`tick` returns at once; whatever takes time runs where `submit` puts it. Clock, thread and sink come from outside, so
the same loop runs in a node, in a test and in lock step.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.chunk_hand_over import with_handover
from midp_ros.control.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.gripper_goals import GripperGoals
from midp_ros.control.hand_over import HandOver, resting
from midp_ros.control.lead_time import LeadTime
from midp_ros.control.scheduler import ChunkScheduler
from midp_ros.control.shaping import CommandShaper, shaped_trajectory
from midp_ros.control.stopping import stopping_trajectory
from midp_ros.control.supervision import Sample, State, Supervisor
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.errors import ContractError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.kinematics.profile import RobotProfile

Array = NDArray[np.float64]
JOINTS, WIDTH = "joint_position", "gripper_width"
LEAD_S = 0.05  # least time from a chunk to its effect: to shape it and to get it to the controller
SHAPING_ATTEMPTS = 3
OVERRUN_S = 0.5  # an inference that takes longer, with the arm at the end of its chunk, is news
AT_REST_S = 0.1  # after a motion's end, what the robot says of itself is of the arm at rest
LOST_RAD = 0.2  # further than this from where it was sent, the arm was moved by something else


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
    """

    def __init__(
        self,
        policy: Policy,
        tracker: Tracker,
        supervisor: Supervisor,
        clock: Callable[[], float],
        submit: Callable[[Callable[[], None]], object],
        send: Callable[[Commands], None],
        gripper_open_m: float,
        shaper: CommandShaper | None = None,
        lead_s: float = LEAD_S,
        held: Callable[[Array], Array] | None = None,
        handover: str = "auto",
    ):
        self.contract = policy.contract
        if JOINTS not in self.contract.observation_slices:
            raise ContractError(
                f"running a policy needs observation {JOINTS!r}; it has {list(self.contract.observation_slices)}"
            )
        self._policy = with_handover(policy, handover, lambda: self._scheduler.past_steps)
        self._tracker, self._supervisor = tracker, supervisor
        self._clock, self._submit, self._send = clock, submit, send
        self._gripper_open_m = gripper_open_m
        self._shaper = shaper or CommandShaper(RobotProfile.load(self.contract.robot))
        self._lead, self._held = LeadTime(lead_s), held or (lambda measured_rad: measured_rad)
        self._scheduler = ChunkScheduler(self.contract, self._policy.executed_steps)
        self._lock = threading.RLock()
        self._ticked_s: float | None = None
        self._trajectory: JointTrajectory | None = None
        self._moving = False
        self._episode = 0  # what was computed for another one is dropped
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Forgets everything seen and planned: the next tick starts from the measured state."""
        with self._lock:
            self._seed = seed
            self._supervisor.reset()
            self._chunks = 0
            self._gripper: GripperGoals | None = None
            self._restart()

    def tick(self, samples: Mapping[str, Sample]) -> Issued | None:
        """One control step; returns the action of the step before, now that it is settled."""
        with self._lock:
            time_s = self._clock()
            issued = self._issued()
            vector = self._supervisor.observe(time_s, samples)
            if vector is None:
                self._hold(time_s)
                return issued
            if self._ticked_s is None:
                self._take_up(samples[JOINTS].time_s, vector[self.contract.observation_slices[JOINTS]])
            elif self._lost(samples[JOINTS].time_s, vector):
                self._restart()
            self._window.push(time_s, vector)
            self._ticked_s, self._measured = time_s, vector
            if self._scheduler.due(time_s):
                self._ask(time_s)
            elif (action := self._scheduler.action(time_s)) is not None:
                self._command(action, Commands())
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
            self._restart()
            self._moving = False

    def sample(self, time_s: float) -> tuple[Array, Array] | None:
        """Commanded joint position [rad] and velocity [rad/s] at a time, for streaming; None before the first chunk."""
        with self._lock:
            return None if self._trajectory is None else self._trajectory.sample(time_s)

    def gripper_finished(self, accepted: bool = True) -> None:
        """The gripper goal that was sent has come back."""
        with self._lock:
            if self._gripper is not None:
                self._gripper.finished(accepted)

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
    def _restart(self) -> None:
        self._episode += 1
        self._asked_s: float | None = None
        self._fresh = True  # the policy has to start an episode before it acts
        self._window = ObservationWindow(self.contract)
        self._scheduler.reset()
        self._trajectory = None
        self._ticked_s = None
        self._measured = np.zeros(self.contract.observation_size)

    def _hold(self, time_s: float) -> None:
        trajectory = self._trajectory
        if self._ticked_s is None:
            return  # nothing was under way
        self._restart()
        self._trajectory = trajectory
        if trajectory is not None and self._moving:
            self._moving = False
            over = HandOver.plan(trajectory, time_s, self._lead.total_s)
            stop = stopping_trajectory(over.time_s, over.state, self._shaper.limits, self._shaper.period_s)
            self._trajectory = over.complete(stop)
            self._deliver(Commands(self._trajectory))

    def _take_up(self, time_s: float, measured_rad: Array) -> None:
        """After a hold: from where the robot says that it holds the arm; what was sent may not have reached it."""
        over = self._trajectory is not None and time_s > self._trajectory.time_s[-1] + AT_REST_S
        if over and (self._held(measured_rad) != measured_rad).any():
            self._trajectory = None

    def _issued(self) -> Issued | None:
        if self._ticked_s is None:
            return None
        action = self._scheduler.action(self._ticked_s)
        return None if action is None else Issued(self._ticked_s, action)

    def _lost(self, time_s: float, vector: Array) -> bool:
        if self._trajectory is None or time_s < self._trajectory.time_s[0]:
            return False  # nothing is known of what the arm was to do then
        joints = vector[self.contract.observation_slices[JOINTS]]
        return bool(np.abs(joints - self._trajectory.sample(time_s)[0]).max() > LOST_RAD)

    def _ask(self, time_s: float) -> None:
        if self._asked_s is not None:
            self._judge_overrun(time_s, time_s - self._asked_s)
            return
        self._asked_s = time_s
        episode, window, fresh = self._episode, deepcopy(self._window), self._fresh
        self._fresh = False
        self._submit(lambda: self._plan(episode, window, fresh))

    def _judge_overrun(self, time_s: float, waited_s: float) -> None:
        """The arm finishes its chunk and rests; that it does so for want of an answer must be known."""
        at_end = self._trajectory is None or time_s > self._trajectory.time_s[-1]
        if at_end and waited_s > OVERRUN_S:
            self._moving = False
            self._supervisor.failed(f"inference has not answered: it was asked {waited_s:.1f} s ago")

    def _plan(self, episode: int, window: ObservationWindow, fresh: bool) -> None:
        """Runs outside the lock, and takes it only to read and to write the shared state."""
        try:
            if fresh:
                self._policy.reset(self._seed)
            chunk = self._policy.act(window)
            if not np.isfinite(chunk.actions).all():
                raise ValueError("the policy's actions are not finite")
        except Exception as e:  # whatever a policy raises, the arm must hold rather than the loop die
            self._finish(episode, f"inference failed: {e}")
            return
        with self._lock:
            if episode != self._episode:
                return
            time_s = max(self._clock(), chunk.time_s)
            rest, state = self._scheduler.accept(chunk, time_s), self._running(time_s).sample(time_s)
        if rest is None:
            self._finish(episode, f"inference is too slow: its chunk came {time_s - chunk.time_s:.2f} s late")
            return
        try:
            trajectory = self._shape(self._tracker.trajectory(rest, *state))
        except Exception as e:
            self._finish(episode, f"tracking failed: {e}")
            return
        self._finish(episode, "", trajectory, rest)

    def _shape(self, desired: JointTrajectory) -> JointTrajectory:
        """What the arm will do of it, from where it will be when it hears of that; raises TimeoutError."""
        lead_s = self._lead.total_s
        for _ in range(SHAPING_ATTEMPTS):
            with self._lock:
                time_s = max(self._clock(), float(desired.time_s[0]))
                over = HandOver.plan(self._running(time_s), time_s, lead_s)
            shaped = shaped_trajectory(desired, over.time_s, over.state, self._shaper)
            now_s = self._clock()
            self._lead.planned(now_s - time_s)
            if now_s + self._lead.sending_s <= over.time_s:
                return over.complete(shaped)
            lead_s *= 2  # the arm has gone on without it
        raise TimeoutError(f"shaping took longer than {lead_s / 2:.2f} s")

    def _finish(
        self, episode: int, problem: str, trajectory: JointTrajectory | None = None, chunk: ActionChunk | None = None
    ) -> None:
        with self._lock:
            if episode != self._episode:
                return
            self._asked_s = None
            if trajectory is None or chunk is None:
                self._supervisor.failed(problem)
                self._hold(self._clock())
                return
            self._supervisor.succeeded()
            self._chunks += 1
            self._trajectory, self._moving = trajectory, True
            self._command(chunk.actions[0], Commands(trajectory, chunk=chunk))

    def _running(self, time_s: float) -> JointTrajectory:
        """What the arm was sent to do; at the start, staying where it is."""
        if self._trajectory is not None:
            return self._trajectory
        return resting(time_s, self._held(self._measured[self.contract.observation_slices[JOINTS]]))

    def _command(self, action: Array, commands: Commands) -> None:
        """Sends them, and what the action asks of the gripper."""
        if (place := self.contract.action_slices.get(WIDTH)) is not None:
            if self._gripper is None:
                seen = self.contract.observation_slices.get(WIDTH)
                width_m = self._gripper_open_m if seen is None else float(self._measured[seen][0])
                self._gripper = GripperGoals(width_m, self._gripper_open_m)
            commands = replace(commands, gripper_width_m=self._gripper.update(float(action[place][0])))
        if commands != Commands():
            self._deliver(commands)

    def _deliver(self, commands: Commands) -> None:
        started_s = self._clock()
        self._send(commands)
        if commands.trajectory is not None:
            self._lead.sent(self._clock() - started_s)
