"""Where the arm's commands go: whole trajectories, or a stream of joint targets; imports conversions and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rclpy.duration import Duration
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.control import Regularity
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.conversions import joint_state_message, trajectory_message
from midp_ros.nodes.parameters import Parameter, value
from midp_ros.nodes.robot_names import arm_controller_name

Array = NDArray[np.float64]
OUTPUTS = ("trajectory", "stream")
PARAMETERS = (
    Parameter("output", "trajectory", "how the arm is commanded", choices=OUTPUTS),
    Parameter("arm_controller", "", "joint_trajectory_controller's name; empty means <robot type>_arm_controller"),
    Parameter("stream_topic", "joint_follower_controller/joint_targets", "where joint targets go with output stream"),
)
STREAM_PERIOD_S = 0.01
DELIVERY = Duration(seconds=0.2)  # for a last message to arrive
LONGEST_STOP_S = 2.0  # that closing a stream may take


class CommandOutput(Protocol):
    """One way to command the arm."""

    @property
    def regularity(self) -> Regularity | None:
        """Of a stream."""

    def listeners(self) -> int:
        """How many controllers are connected."""

    def send(self, trajectory: JointTrajectory) -> None:
        """Follows the trajectory from now on."""

    def close(self) -> None:
        """Falls silent, once the arm rests, and leaves the topic."""


class TrajectoryOutput:
    """For a joint_trajectory_controller: every chunk is one message, and the controller interpolates."""

    regularity: Regularity | None = None

    def __init__(self, node: Node, profile: RobotProfile, topic: str):
        self._node, self._names = node, profile.joint_names
        self._publisher = node.create_publisher(JointTrajectoryMessage, topic, 1)

    def send(self, trajectory: JointTrajectory) -> None:
        self._publisher.publish(trajectory_message(trajectory, self._names))

    def listeners(self) -> int:
        return int(self._publisher.get_subscription_count())

    def close(self) -> None:
        """The controller holds the last point by itself, once it has it."""
        self._publisher.wait_for_all_acked(DELIVERY)
        self._node.destroy_publisher(self._publisher)


class StreamOutput:
    """For a controller that follows joint targets: samples the running trajectory at 100 Hz; silence holds.

    Args:
        sample: commanded position and velocity at a time, or None before the first chunk.
    """

    def __init__(
        self,
        node: Node,
        profile: RobotProfile,
        topic: str,
        clock: Callable[[], float],
        sample: Callable[[float], tuple[Array, Array] | None],
    ):
        self._node, self._names, self._clock, self._sample = node, profile.joint_names, clock, sample
        self.regularity = Regularity(STREAM_PERIOD_S)
        self._publisher = node.create_publisher(JointState, topic, 1)
        self._timer = node.create_timer(STREAM_PERIOD_S, self._tick)

    def send(self, trajectory: JointTrajectory) -> None:
        """The next tick samples it."""

    def listeners(self) -> int:
        return int(self._publisher.get_subscription_count())

    def close(self) -> None:
        """Streams on until the targets rest."""
        self._node.destroy_timer(self._timer)
        end_s = time.monotonic() + LONGEST_STOP_S
        while self._publish() and time.monotonic() < end_s:
            time.sleep(STREAM_PERIOD_S)
        self._node.destroy_publisher(self._publisher)

    def _tick(self) -> None:
        self.regularity.beat(time.monotonic())
        self._publish()

    def _publish(self) -> bool:
        """Sends the present target; returns whether it moves."""
        time_s = self._clock()
        state = self._sample(time_s)
        if state is None:
            return False
        self._publisher.publish(joint_state_message(self._names, time_s, *state))
        return bool(state[1].any())


def make_output(
    node: Node, profile: RobotProfile, clock: Callable[[], float], sample: Callable[[float], tuple[Array, Array] | None]
) -> CommandOutput:
    """The output that the node's parameters ask for."""
    if value(node, "output") == "stream":
        return StreamOutput(node, profile, value(node, "stream_topic"), clock, sample)
    return TrajectoryOutput(node, profile, f"{controller_name(node, profile)}/joint_trajectory")


def controller_name(node: Node, profile: RobotProfile) -> str:
    """The controller that the output commands, by the node's parameters."""
    if value(node, "output") == "stream":
        return str(value(node, "stream_topic")).rpartition("/")[0]
    return arm_controller_name(node, profile)


def follower_state_topic(node: Node) -> str:
    """Where the follower of joint targets says its state; empty with another output, or for a target without a node."""
    follower = str(value(node, "stream_topic")).rpartition("/")[0]
    return f"{follower}/state" if follower and value(node, "output") == "stream" else ""
