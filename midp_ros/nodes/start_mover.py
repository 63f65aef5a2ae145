"""Moves the arm to a skill's start pose by the same way as a policy commands it; imports control and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node

from midp_ros.control import MotionLimits, start_motion, stopping_trajectory
from midp_ros.control.hand_over import HandOver
from midp_ros.control.runner import JOINTS, LEAD_S
from midp_ros.control.start_pose import PERIOD_S, arrived, departure
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.command_output import CommandOutput, make_output
from midp_ros.nodes.observation_source import ObservationSource
from midp_ros.nodes.robot_watch import RobotWatch

Array = NDArray[np.float64]
ARRIVAL_S = 3.0  # after the commanded motion, for the arm to be there too
CONNECTION_S = 5.0  # for the controller to be found


class StartMover:
    """One motion from the measured position, at rest, to a goal.

    Args:
        clock: the node's time [s].
    """

    def __init__(
        self,
        node: Node,
        profile: RobotProfile,
        source: ObservationSource,
        watch: RobotWatch,
        clock: Callable[[], float],
    ):
        self._node, self._profile, self._source, self._watch, self._clock = node, profile, source, watch, clock
        self._output: CommandOutput | None = None
        self._trajectory: JointTrajectory | None = None

    def position_rad(self) -> Array | None:
        """Measured (joints,); None before the first message."""
        sample = self._source.samples().get(JOINTS)
        return None if sample is None else sample.value

    def move(self, goal_rad: Array, fraction: float) -> Iterator[None]:
        """Yields until the arm is there; raises CommandError where it does not get there."""
        output = self._output = make_output(self._node, self._profile, self._clock, self._sample)
        output.open()
        end_s = self._clock() + CONNECTION_S
        while not output.report.listeners:
            output.look()
            if self._clock() > end_s:
                raise CommandError("no controller listens to the commands")
            yield
        if (measured_rad := self.position_rad()) is None:
            raise CommandError("the arm's position is not known")
        self._watch.take()
        start_rad = departure(measured_rad, self._watch.desired_rad(self._profile.joint_names))
        self._trajectory = start_motion(self._profile, self._clock(), start_rad, goal_rad, fraction)
        output.send(self._trajectory)
        end_s = float(self._trajectory.time_s[-1]) + ARRIVAL_S
        while self._clock() < self._trajectory.time_s[-1] or not arrived(self.position_rad(), goal_rad):
            output.look()
            if fault := self._watch.look(lambda: output.report.listeners).fault:
                raise CommandError(f"on the way to the start pose {fault}")
            if self._clock() > end_s:
                raise CommandError(f"the arm did not get to the start pose {goal_rad.round(3).tolist()}")
            yield
        self.close()

    def close(self) -> None:
        """Brings the arm to rest and leaves the topic."""
        if self._output is None:
            return
        if self._trajectory is not None and self._clock() < self._trajectory.time_s[-1]:
            over = HandOver.plan(self._trajectory, self._clock(), LEAD_S)
            stop = stopping_trajectory(over.time_s, over.state, MotionLimits(self._profile), PERIOD_S)
            self._trajectory = over.complete(stop)
            self._output.send(self._trajectory)
        self._output.close()
        self._output.end()
        self._output = None

    def _sample(self, time_s: float) -> tuple[Array, Array] | None:
        return None if self._trajectory is None else self._trajectory.sample(time_s)
