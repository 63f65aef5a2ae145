"""Devices behind a topic: conventions of other packages, so that their devices work without a driver of ours.

Imports teleop, conversions and rclpy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import TwistStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.kinematics.naming import BASE, frame_names
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.kinematics.transform_buffer import plain
from midp_ros.nodes.observations.transform_listener import TransformListener
from midp_ros.nodes.ros.conversions import vector_from_message
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.teleop.device import DeviceContext
from midp_ros.teleop.devices.queued import SILENCE_S
from midp_ros.teleop.inputs import DeviceInput, Velocity

# Best effort hears every publisher. The depth holds what a device sends at 1 kHz between two looks.
QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
TOOL = "tool"
TWIST = "~/delta_twist_cmds"  # as MoveIt Servo calls it
Convert = Callable[[Any, float], DeviceInput]  # from a message and its time of arrival [s]; raises ObservationError


class TopicDevice:
    """A Device whose inputs are the messages of one topic or of several, polled."""

    def __init__(self, node: Node, name: str, silence_is_release: bool = False, silence_s: float = SILENCE_S):
        self.name, self.silence_is_release, self.silence_s = name, silence_is_release, silence_s
        self._node = node
        self._topics: list[tuple[PolledSubscription, Convert]] = []

    def listen(self, kind: type, topic: str, convert: Convert) -> None:
        """Adds a topic."""
        self._topics.append((PolledSubscription(self._node, kind, topic, QOS), convert))

    def read(self, time_s: float) -> list[DeviceInput]:
        """The messages since the last call; those that cannot be used are named and left out."""
        inputs = []
        for topic, convert in self._topics:
            for taken in topic.take():
                try:
                    inputs.append(convert(topic.message(taken), time_s - taken.waited_s))
                except ObservationError as e:
                    self._node.get_logger().warning(f"{self.name}: {e}", throttle_duration_sec=2.0)
        return sorted(inputs, key=lambda each: each.time_s)

    def close(self) -> None:
        """Leaves the topics."""
        for topic, _ in self._topics:
            topic.close()
        self._topics = []


class Frames:
    """Turns vectors of a message's frame into the base's axes."""

    def __init__(self, node: Node, profile: RobotProfile):
        self._transforms = TransformListener(node)
        self._base, self._tool = frame_names(BASE, profile), (TOOL, *frame_names(TOOL, profile))

    def is_tool(self, frame: str) -> bool:
        """Whether a frame is the tool's."""
        return plain(frame) in self._tool

    def rotation(self, frame: str) -> Array | None:
        """Rotation (3, 3) of a frame in the base, by /tf; None for the base itself, and for an empty name.

        Raises:
            ObservationError: /tf has no such frame.
        """
        if not frame or plain(frame) in self._base:
            return None
        return self._transforms.pose(self._base, frame, 0.0).rotation


def twist_device(context: DeviceContext) -> TopicDevice:
    """`geometry_msgs/TwistStamped` in [m/s] and [rad/s] on TWIST, in the base's or the tool's frame, or another one."""
    frames, shares = Frames(context.node, context.profile), context.settings.get("twist_units") == "shares"

    def convert(message: TwistStamped, time_s: float) -> DeviceInput:
        linear = vector_from_message(message.twist.linear, "twist.linear")
        angular = vector_from_message(message.twist.angular, "twist.angular")
        frame = message.header.frame_id
        if frames.is_tool(frame):
            return DeviceInput(time_s, Velocity(linear, angular, shares, in_tool=True))
        if (rotation := frames.rotation(frame)) is not None:
            linear, angular = rotation @ linear, rotation @ angular
        return DeviceInput(time_s, Velocity(linear, angular, shares))

    device = TopicDevice(context.node, f"twist on {context.node.resolve_topic_name(TWIST)}")
    device.listen(TwistStamped, TWIST, convert)
    return device
