"""Moves the arm to a skill's start pose by the same way as a policy commands it; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from rclpy.node import Node

from midp_ros.control import MotionLimits, stop_trajectory
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.control.loop.runner import JOINTS, LEAD_S
from midp_ros.control.loop.start_pose import PERIOD_S, arrived, departure
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice
from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.command_output import CommandOutput, make_output
from midp_ros.nodes.deployment.way_planning import Way, straight_way
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.safety.robot_watch import RobotWatch
from midp_ros.nodes.safety.setpoint_keepalive import SetpointKeepalive

ARRIVAL_S = 3.0  # after the commanded motion, for the arm to be there too
CONNECTION_S = 5.0  # for the controller to be found
LONGEST_SILENCE_S = 2.0  # of the robot, while it is moved or held
NO_CONTROLLER = "no active controller listens to the commands"


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
            CommandError: it does not get there.
            CollisionError: it would touch itself or the table on its way.
            NoMotionError: there is no way around the obstacles.
        """
        self._watch.begin(self._source.topic(JOINTS), LONGEST_SILENCE_S)
        output = self._output = make_output(self._node, self._profile, self._clock, self._sample)
        output.open()
        start_rad = yield from self._connect(output)
        planned = yield from self._planned(start_rad, goal_rad, fraction)
        self._check(planned)
        motion = self._trajectory = replace(planned, time_s=self._clock() + planned.time_s)
        output.send(motion)
        duration_s = float(motion.time_s[-1] - self._clock())
        end_s = time.monotonic() + duration_s + ARRIVAL_S  # a clock that stops must not keep it waiting
        while self._clock() < self._trajectory.time_s[-1] or not arrived(self.position_rad(), goal_rad):
            self.look("on the way to the start pose")
            if time.monotonic() > end_s:
                raise CommandError(f"the arm did not get to the start pose {goal_rad.round(3).tolist()}")
            yield

    def _planned(self, start_rad: Array, goal_rad: Array, fraction: float) -> Generator[None, None, JointTrajectory]:
        way = self._way(start_rad, goal_rad, fraction)
        while True:
            try:
                next(way)
            except StopIteration as planned:
                motion: JointTrajectory = planned.value
                return motion
            self.look("while its way to the start pose was planned")
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

    def close(self) -> None:
        """Brings the arm to rest and leaves the topic."""
        if self._output is None:
            return
        if self._trajectory is not None and self._clock() < self._trajectory.time_s[-1]:
            for lead_s in (LEAD_S, 2 * LEAD_S, 4 * LEAD_S):  # the motion ends at rest, too, if all are too late
                over = TrajectorySplice.plan(self._trajectory, self._clock(), lead_s)
                stop = stop_trajectory(over.time_s, over.state, MotionLimits(self._profile), PERIOD_S)
                if self._output.send(over.complete(stop), before_s=over.time_s):
                    self._trajectory = over.complete(stop)
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
            if self._watch.look(output.report.listeners).controlled:
                if held_rad is None or not output.publishing:  # by the state that the watch has just taken
                    held_rad = self._held_rad()
                problem = keeper.look(True, held_rad)
                if not problem:
                    return held_rad
            if time.monotonic() > end_s:
                raise CommandError(problem)

    def _held_rad(self) -> Array:
        if (measured_rad := self.position_rad()) is None:
            raise CommandError("the arm's position is not known")
        return departure(measured_rad, self._watch.desired_rad(self._profile.joint_names))

    def _sample(self, time_s: float) -> tuple[Array, Array] | None:
        return None if self._trajectory is None else self._trajectory.sample(time_s)
