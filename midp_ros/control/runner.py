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

from midp_ros.control.commands import Commands, Issued, RunnerStatus, Tracker
from midp_ros.control.gripper_goals import GripperGoals
from midp_ros.control.hand_over import HandOver, resting
from midp_ros.control.scheduler import ChunkScheduler
from midp_ros.control.shaping import CommandShaper, shaped_trajectory
from midp_ros.control.stopping import stopping_trajectory
from midp_ros.control.supervision import Sample, State, Supervisor
from midp_ros.core.errors import ContractError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.kinematics.profile import RobotProfile

Array = NDArray[np.float64]
JOINTS, WIDTH = "joint_position", "gripper_width"
LEAD_S = 0.03  # from a chunk's arrival to its effect: time to shape it and to get it to the controller
SHAPING_ATTEMPTS = 3
LOST_RAD = 0.2  # further than this from where it was sent, the arm was moved by something else


class PolicyRunner:
    """Runs one policy in closed loop; see the module's docstring.

    Args:
        clock: the present time [s], on the observations' clock.
        submit: runs a job, one at a time and in order; an executor's `submit`, or a plain call for lock step.
        send: takes commands; called from `tick` and from the submitted job.
        gripper_open_m: the gripper's widest opening.
        shaper: keeps what is sent within the robot's limits; by default for the contract's robot.
        lead_s: a new trajectory differs from the running one only this long after it was asked for [s]; 0 where time
            stands still meanwhile.
        held: from measured joint positions to where the arm is being held, which differs by what it sags.
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
    ):
        self.contract = policy.contract
        if JOINTS not in self.contract.observation_slices:
            raise ContractError(
                f"running a policy needs observation {JOINTS!r}; it has {list(self.contract.observation_slices)}"
            )
        self._policy, self._tracker, self._supervisor = policy, tracker, supervisor
        self._clock, self._submit, self._send = clock, submit, send
        self._gripper_open_m = gripper_open_m
        self._shaper = shaper or CommandShaper(RobotProfile.load(self.contract.robot))
        self._lead_s, self._held = lead_s, held or (lambda measured_rad: measured_rad)
        self._scheduler = ChunkScheduler(self.contract, policy.executed_steps)
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
            if self._lost(time_s, vector):
                self._restart()
            self._window.push(time_s, vector)
            self._ticked_s, self._measured = time_s, vector
            if self._scheduler.due(time_s):
                self._ask()
            elif (action := self._scheduler.action(time_s)) is not None:
                self._drive_gripper(action, None)
            return issued

    def stop(self) -> None:
        """Brings the arm to rest and drops what is under way."""
        with self._lock:
            self._hold(self._clock())

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
        self._asked = False
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
            over = HandOver.plan(trajectory, time_s, self._lead_s)
            stop = stopping_trajectory(over.time_s, over.state, self._shaper.limits, self._shaper.period_s)
            self._trajectory = over.complete(stop)
            self._send(Commands(self._trajectory))

    def _issued(self) -> Issued | None:
        if self._ticked_s is None:
            return None
        action = self._scheduler.action(self._ticked_s)
        return None if action is None else Issued(self._ticked_s, action)

    def _lost(self, time_s: float, vector: Array) -> bool:
        if self._trajectory is None:
            return False
        joints = vector[self.contract.observation_slices[JOINTS]]
        return bool(np.abs(joints - self._trajectory.sample(time_s)[0]).max() > LOST_RAD)

    def _ask(self) -> None:
        if self._asked:
            return
        self._asked = True
        episode, window, fresh = self._episode, deepcopy(self._window), self._fresh
        self._fresh = False
        self._submit(lambda: self._plan(episode, window, fresh))

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
        self._finish(episode, "", trajectory, rest.actions[0])

    def _shape(self, desired: JointTrajectory) -> JointTrajectory:
        """What the arm will do of it, from where it will be when it hears of that; raises TimeoutError."""
        lead_s = self._lead_s
        for _ in range(SHAPING_ATTEMPTS):
            with self._lock:
                time_s = max(self._clock(), float(desired.time_s[0]))
                over = HandOver.plan(self._running(time_s), time_s, lead_s)
            shaped = shaped_trajectory(desired, over.time_s, over.state, self._shaper)
            if self._clock() <= over.time_s:
                return over.complete(shaped)
            lead_s *= 2  # the arm has gone on without it
        raise TimeoutError(f"shaping took longer than {lead_s / 2:.2f} s")

    def _finish(
        self, episode: int, problem: str, trajectory: JointTrajectory | None = None, action: Array | None = None
    ) -> None:
        with self._lock:
            if episode != self._episode:
                return
            self._asked = False
            if trajectory is None or action is None:
                self._supervisor.failed(problem)
                self._hold(self._clock())
                return
            self._supervisor.succeeded()
            self._chunks += 1
            self._trajectory, self._moving = trajectory, True
            self._drive_gripper(action, trajectory)

    def _running(self, time_s: float) -> JointTrajectory:
        """What the arm was sent to do; at the start, staying where it is."""
        if self._trajectory is not None:
            return self._trajectory
        return resting(time_s, self._held(self._measured[self.contract.observation_slices[JOINTS]]))

    def _drive_gripper(self, action: Array, trajectory: JointTrajectory | None) -> None:
        commands = Commands(trajectory)
        if (place := self.contract.action_slices.get(WIDTH)) is not None:
            if self._gripper is None:
                seen = self.contract.observation_slices.get(WIDTH)
                width_m = self._gripper_open_m if seen is None else float(self._measured[seen][0])
                self._gripper = GripperGoals(width_m, self._gripper_open_m)
            commands = replace(commands, gripper_width_m=self._gripper.update(float(action[place][0])))
        if commands != Commands():
            self._send(commands)
