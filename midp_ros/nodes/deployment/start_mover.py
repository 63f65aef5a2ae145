"""Moves the arm to a skill's start pose by the same way as a policy commands it; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import numpy as np
from rclpy.node import Node

from midp_ros.control import MotionLimits, stop_trajectory
from midp_ros.control.loop.commanded_motion import LOST_RAD
from midp_ros.control.loop.commands import JOINTS, Commands
from midp_ros.control.loop.delivery import LONGEST_DELAY_S, Delivery
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.control.loop.runner import LEAD_S
from midp_ros.control.loop.sent_message import Fate
from midp_ros.control.loop.start_pose import PERIOD_S, arrived, departure
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.control.supervision.contact_guard import AHEAD_S, ContactGuard
from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.command_output import CommandOutput, make_output
from midp_ros.nodes.deployment.way_planning import Way, straight_way
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.ros.waiting import LongWait
from midp_ros.nodes.safety.robot_watch import RobotWatch
from midp_ros.nodes.safety.setpoint_keepalive import SetpointKeepalive

ARRIVAL_S = 3.0  # after the commanded motion, for the arm to be there too
CONNECTION_S = 5.0  # for the controller to be found
LONGEST_SILENCE_S = 2.0  # of the robot, while it is moved or held
ATTEMPTS = 3  # at a motion that a controller receives
# A stop that arrives later than that is a step, where the controller does not refuse it. A reflex stops the arm, too.
LONGEST_LEAD_S = 0.3
NO_CONTROLLER = "no active controller listens to the commands"
NOT_STILL = "the controller still moves the arm"


class StartMover:
    """One motion from the measured position, at rest, to a goal, where the arm is held until `close`.

    Args:
        clock: the node's time [s].
        check: raises CollisionError for a motion that must not be sent.
        way: how it gets to a goal; by default straight.
    """

    def __init__(
        self,
        node: Node,
        profile: RobotProfile,
        source: ObservationSource,
        watch: RobotWatch,
        clock: Callable[[], float],
        check: MotionCheck = lambda motion: None,
        way: Way | None = None,
    ):
        self._node, self._profile, self._source, self._watch, self._clock = node, profile, source, watch, clock
        self._check, self._way = check, way or straight_way(profile)
        self._output: CommandOutput | None = None
        self._delivery, self._guard = Delivery(), ContactGuard(profile)
        self._trajectory: JointTrajectory | None = None

    @property
    def received(self) -> bool:
        """Whether the robot's joint states arrive, be they another robot's: the doctor judges them."""
        return JOINTS in self._source.samples()

    @property
    def fault(self) -> str:
        """Why the robot takes no command; empty where it would."""
        return self._watch.look(listeners=1).fault

    def position_rad(self) -> Array | None:
        """Measured (joints,); None before the first message, and where the newest one cannot be used."""
        sample = self._source.samples().get(JOINTS)
        return None if sample is None else sample.value

    def move(self, goal_rad: Array, fraction: float) -> Iterator[None]:
        """Yields until the arm is there.

        Raises:
            CommandError: it does not get there, or presses against something on its way.
            CollisionError: it would touch itself or the table on its way.
            NoMotionError: there is no way around the obstacles.
        """
        self._watch.begin(self._source.topic(JOINTS), LONGEST_SILENCE_S)
        output = self._output = make_output(self._node, self._profile, self._clock, self._sample)
        self._delivery = output.delivery()
        output.open()
        start_rad = yield from self._connect(output)
        self._guard.forget()
        planned = yield from self._planned(start_rad, goal_rad, fraction)
        self._check(planned)
        motion = yield from self._started(output, planned)
        # A clock that stops must not keep it waiting.
        end_s = time.monotonic() + float(motion.time_s[-1] - self._clock()) + ARRIVAL_S
        while self._clock() < motion.time_s[-1] or not arrived(self.position_rad(), goal_rad):
            self.look("on the way to the start pose")
            self._feel()
            if time.monotonic() > end_s:
                raise CommandError(f"the arm did not get to the start pose {goal_rad.round(3).tolist()}")
            yield

    def _started(self, output: CommandOutput, planned: JointTrajectory) -> Generator[None, None, JointTrajectory]:
        """Sends a motion from time 0 on, which starts on arrival; yields until it runs, and returns it as it runs."""
        for _ in range(ATTEMPTS):
            self._delivery.look(self._clock())
            motion = self._trajectory = replace(planned, time_s=self._clock() + planned.time_s)
            commands = Commands(motion, on_arrival=not self._delivery.assumed)
            output.send(commands)
            if self._delivery.assumed:
                return motion
            self._delivery.sent(commands, self._clock())
            end_s, news = time.monotonic() + LONGEST_DELAY_S + ARRIVAL_S, None
            while news is None and time.monotonic() < end_s:
                yield
                self.look("before it moved to the start pose")
                news = self._delivery.look(self._clock())
            if news is None:  # it may still arrive: a second one would be a step
                raise CommandError("the controller's state has stopped coming: whether it moves the arm is open")
            if news.fate is Fate.RUNS and news.trajectory is not None:
                self._trajectory = news.trajectory
                return news.trajectory
            self._trajectory = None
            if news.fate is Fate.REPLACED:
                raise CommandError("the controller follows another trajectory than the one to the start pose")
        raise CommandError(f"the controller follows none of {ATTEMPTS} motions to the start pose")

    def _planned(self, start_rad: Array, goal_rad: Array, fraction: float) -> Generator[None, None, JointTrajectory]:
        way = self._way(start_rad, goal_rad, fraction)
        wait = LongWait(self._node.get_logger().warning, "waiting for the planner's way to the start pose")
        while True:
            try:
                next(way)
            except StopIteration as planned:
                motion: JointTrajectory = planned.value
                return motion
            self.look("while its way to the start pose was planned")
            wait.look()
            yield

    def look(self, when: str) -> None:
        """Called regularly while the arm is moved or held; raises CommandError where it does not obey any more."""
        if (output := self._output) is None:
            return
        output.look()
        if fault := self._watch.look(output.report.listeners).fault:
            raise CommandError(f"{when} {fault}")
        if broken := self._watch.replaced() or self._watch.doubled or self._watch.silence(self._source.arrived_s):
            raise CommandError(f"{when} {broken}")
        if interrupted_s := output.report.interrupted_s:
            raise CommandError(f"{when} the stream of joint targets was interrupted for {interrupted_s:.2f} s")

    def _feel(self) -> None:
        """Raises CommandError where the motion presses so hard that the robot would soon stop with an error."""
        if (felt := self._watch.external()) is None or self._trajectory is None:
            return
        self._guard.feel(felt)
        if near := self._guard.near(LEAD_S):
            soon_s = self._clock() + LEAD_S
            (now_rad, _), (then_rad, _) = (self._trajectory.sample(t) for t in (soon_s, soon_s + AHEAD_S))
            if self._guard.presses(then_rad - now_rad):
                raise CommandError(f"on the way to the start pose the arm presses against something: {near}")

    def close(self) -> None:
        """Brings the arm to rest and leaves the topic."""
        if self._output is None:
            return
        if self._trajectory is not None and self._clock() < self._trajectory.time_s[-1]:
            least_s = LEAD_S if self._delivery.quick else LONGEST_LEAD_S
            for lead_s in (least_s, 2 * least_s, 4 * least_s):  # the motion ends at rest, too, if all are too late
                over = TrajectorySplice.plan(self._trajectory, self._clock(), lead_s)
                stop = stop_trajectory(over.time_s, over.state, MotionLimits(self._profile), PERIOD_S)
                commands = Commands(over.complete(stop), before_s=over.time_s)
                if self._output.send(self._delivery.stamped(commands)):
                    self._trajectory = commands.trajectory
                    break
        self._output.close()
        self._output.end()
        self._output = None

    def _connect(self, output: CommandOutput) -> Generator[None, None, Array]:
        """Yields until a controller has the arm held where it is; returns where that is (joints,)."""
        end_s = time.monotonic() + CONNECTION_S
        keeper, problem, held_rad = SetpointKeepalive(output, self._watch.follower), NO_CONTROLLER, None
        while True:
            yield
            output.look()
            self._delivery.look(self._clock())
            if self._watch.look(output.report.listeners).controlled:
                # By the state that the watch has just taken; a follower that waits moves the arm.
                if held_rad is None or not output.publishing or keeper.waits:
                    held_rad = self._held_rad()
                problem = keeper.look(True, held_rad) or self._unsteady()
                if not problem:
                    return self._rest_rad(held_rad)
            if time.monotonic() > end_s:
                raise CommandError(problem)

    def _unsteady(self) -> str:
        """Why a motion cannot start from where the controller holds the arm; empty where it can."""
        if self._delivery.open(self._clock()):
            return ""
        return self._delivery.problem(self._clock()) or NOT_STILL

    def _rest_rad(self, held_rad: Array) -> Array:
        """Where the controller holds the arm, to the last bit where that is known (joints,)."""
        rest_rad = self._delivery.rest_rad
        return held_rad if rest_rad is None or np.abs(rest_rad - held_rad).max() > LOST_RAD else rest_rad

    def _held_rad(self) -> Array:
        if (measured_rad := self.position_rad()) is None:
            raise CommandError("the arm's position is not known")
        return departure(measured_rad, self._watch.desired_rad(self._profile.joint_names))

    def _sample(self, time_s: float) -> tuple[Array, Array] | None:
        return None if self._trajectory is None else self._trajectory.sample(time_s)
