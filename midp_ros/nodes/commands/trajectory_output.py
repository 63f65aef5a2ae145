"""The arm's commands as whole trajectories; imports conversions and rclpy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from rclpy.duration import Duration
from rclpy.node import Node
from rclpy.qos import QoSProfile
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.delivery import LONGEST_DELAY_S, Delivery
from midp_ros.control.timing.duration_histogram import DurationHistogram
from midp_ros.core.arrays import Array
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.controller_states import ControllerStates
from midp_ros.nodes.commands.output_report import DELIVERY, OutputReport
from midp_ros.nodes.commands.packed_trajectory import PackedTrajectory

DEPTH = 10  # each message goes on from the one before: none may be overwritten before it is delivered
TRANSIT_S = 0.002  # from publishing to the controller, on one machine
LONGEST_STOP_S = 2.0  # that closing waits for the arm to rest


class TrajectoryOutput:
    """For a joint_trajectory_controller: every motion is one message, and the controller interpolates.

    Args:
        controller: its name.
        state_topic: where it publishes its state.
        changes: one of `control.loop.delivery.CHANGES`.
        clock: the node's time [s].
    """

    publishing, silence_s = True, 0.0
    streams: tuple[bytes, ...] = ()

    def __init__(
        self,
        node: Node,
        profile: RobotProfile,
        controller: str,
        state_topic: str,
        changes: str,
        clock: Callable[[], float],
    ):
        self._node, self._topic, self._clock = node, f"{controller}/joint_trajectory", clock
        self._states, self._state_topic, self._changes = None, state_topic, changes
        if changes != "assumed":
            self._states = ControllerStates(node, state_topic, profile.joint_names)
        self._packer = PackedTrajectory(profile.joint_names)
        self._publisher: Any = None
        self._response = DurationHistogram()

    def open(self) -> None:
        # Reliable topics repeat what was not acknowledged, Fast DDS every 3 s: not what is as late as that.
        quality = QoSProfile(depth=DEPTH, lifespan=Duration(seconds=LONGEST_DELAY_S))
        self._publisher = self._node.create_publisher(JointTrajectoryMessage, self._topic, quality)
        self._rests_s = -math.inf

    def hold(self, position_rad: Array, firmly: bool = False) -> None:
        """Nothing to do: the controller holds the arm by itself."""

    def hush(self) -> None:
        """Nothing to do: it publishes nothing by itself."""

    def send(self, commands: Commands, observed_s: float | None = None) -> bool:
        assert (trajectory := commands.trajectory) is not None
        message = self._packer.to_bytes(trajectory, 0.0 if commands.on_arrival else commands.stamp_s)
        if (
            self._clock() + TRANSIT_S > commands.before_s
        ):  # asked last of all: on a busy machine each line may take long
            return False
        self._publisher.publish(message)
        self._rests_s = float(trajectory.time_s[-1])  # on arrival: a little later
        if observed_s is not None:
            self._response.add(time.time() - observed_s)
        return True

    def look(self) -> None:
        """Nothing to do: the controller keeps what it has."""

    def delivery(self) -> Delivery:
        if self._states is None:
            return Delivery()
        return Delivery(self._states.read, self._changes, self._node.resolve_topic_name(self._state_topic))

    @property
    def report(self) -> OutputReport:
        return OutputReport(self._publisher.get_subscription_count(), response=self._response)

    def close(self) -> None:
        """Waits until the arm has come to rest; the controller holds it there by itself."""
        self._publisher.wait_for_all_acked(DELIVERY)
        time.sleep(min(LONGEST_STOP_S, max(0.0, self._rests_s - self._clock())))
        self._node.destroy_publisher(self._publisher)

    def end(self) -> None:
        """Leaves the controller's states."""
        if self._states is not None:
            self._states.close()
