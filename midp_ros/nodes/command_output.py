"""Where the arm's commands go: whole trajectories, or a stream of joint targets; imports conversions and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rclpy.node import Node
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.conversions import joint_state_message, trajectory_message
from midp_ros.nodes.parameters import value

Array = NDArray[np.float64]
OUTPUTS = ("trajectory", "stream")
STREAM_PERIOD_S = 0.01


class CommandOutput(Protocol):
    """One way to command the arm."""

    def send(self, trajectory: JointTrajectory) -> None:
        """Follows the trajectory from now on."""

    def close(self) -> None:
        """Falls silent."""


class TrajectoryOutput:
    """For a joint_trajectory_controller: every chunk is one message, and the controller interpolates."""

    def __init__(self, node: Node, profile: RobotProfile, topic: str):
        self._names = profile.joint_names
        self._publisher = node.create_publisher(JointTrajectoryMessage, topic, 1)

    def send(self, trajectory: JointTrajectory) -> None:
        self._publisher.publish(trajectory_message(trajectory, self._names))

    def close(self) -> None:
        """The controller holds the last point by itself."""


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
        self._names, self._clock, self._sample = profile.joint_names, clock, sample
        self._publisher = node.create_publisher(JointState, topic, 1)
        self._timer = node.create_timer(STREAM_PERIOD_S, self._tick)

    def send(self, trajectory: JointTrajectory) -> None:
        """The next tick samples it."""

    def close(self) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        time_s = self._clock()
        state = self._sample(time_s)
        if state is not None:
            self._publisher.publish(joint_state_message(self._names, time_s, *state))


def make_output(
    node: Node, profile: RobotProfile, clock: Callable[[], float], sample: Callable[[float], tuple[Array, Array] | None]
) -> CommandOutput:
    """The output that the node's parameters ask for."""
    if value(node, "output") == "stream":
        return StreamOutput(node, profile, value(node, "stream_topic"), clock, sample)
    controller = value(node, "arm_controller") or f"{profile.name}_arm_controller"
    return TrajectoryOutput(node, profile, f"{controller}/joint_trajectory")
