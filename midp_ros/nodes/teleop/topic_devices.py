"""Devices behind a topic: conventions of other packages, so that their devices work without a driver of ours.

Imports teleop, conversions and rclpy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import Twist, TwistStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState, Joy
from std_msgs.msg import Float32

from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose
from midp_ros.kinematics.naming import BASE, frame_names
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.kinematics.transform_buffer import plain
from midp_ros.nodes.observations.transform_listener import TransformListener
from midp_ros.nodes.ros.conversions import joints_from_message, vector_from_message
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.teleop.device import DeviceContext
from midp_ros.teleop.devices.gamepad import mapping
from midp_ros.teleop.devices.queued import SILENCE_S
from midp_ros.teleop.inputs import DeviceInput, LeaderJoints, Velocity

# Best effort hears every publisher. The depth holds what a device sends at 1 kHz between two looks.
QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
TOOL = "tool"
TWIST = "~/delta_twist_cmds"  # as MoveIt Servo calls it
PERCENT = "franka_controller/target_cartesian_velocity_percent"  # of Franka's labs stack, as the two below
GRIPPER_PERCENT = "gripper_client/target_gripper_width_percent"
LEADER = "gello/joint_states"
JOY = "joy"
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
        """Rotation (3, 3) of a frame in the base, by /tf; None for the base itself.

        Raises:
            ObservationError: no frame is named, or /tf has no such frame.
        """
        pose = self.pose(frame)
        return None if pose is None else pose.rotation

    def pose(self, frame: str) -> Pose | None:
        """As `rotation`, the pose."""
        if not frame:
            raise ObservationError(f"its frame_id is empty: the publisher must name the frame, as {self._base[0]!r}")
        return None if plain(frame) in self._base else self._transforms.pose(self._base, frame, 0.0)


def twist_device(context: DeviceContext) -> TopicDevice:
    """`geometry_msgs/TwistStamped` in [m/s] and [rad/s] on TWIST, in the base's or the tool's frame, or another one."""
    frames, shares = Frames(context.node, context.profile), context.settings.get("twist_units") == "shares"

    def convert(message: TwistStamped, time_s: float) -> DeviceInput:
        linear, angular = _twist(message.twist)
        frame = message.header.frame_id
        if frames.is_tool(frame):
            return DeviceInput(time_s, Velocity(linear, angular, shares, in_tool=True))
        if (rotation := frames.rotation(frame)) is not None:
            linear, angular = rotation @ linear, rotation @ angular
        return DeviceInput(time_s, Velocity(linear, angular, shares))

    return _device(context, "twist", TwistStamped, TWIST, convert)


def twist_percent_device(context: DeviceContext) -> TopicDevice:
    """Shares of the largest speeds, -1 to 1, as `geometry_msgs/Twist` on PERCENT: Franka's labs' SpaceMouse."""

    def convert(message: Twist, time_s: float) -> DeviceInput:
        return DeviceInput(time_s, Velocity(*_twist(message)))

    device = _device(context, "twist", Twist, PERCENT, convert)
    device.listen(Float32, GRIPPER_PERCENT, _gripper)
    return device


def joy_device(context: DeviceContext) -> TopicDevice:
    """A gamepad behind `sensor_msgs/Joy` on JOY, as joy_node publishes it."""
    pad = mapping(context)

    def convert(message: Joy, time_s: float) -> DeviceInput:
        return pad.input(time_s, message.axes, message.buttons)

    return _device(context, "gamepad", Joy, JOY, convert)


def leader_device(context: DeviceContext) -> TopicDevice:
    """A leader arm: joint positions on LEADER, by the follower's names or, with other names, in its order."""
    names = context.profile.joint_names

    def convert(message: JointState, time_s: float) -> DeviceInput:
        if set(names) <= set(message.name):
            return DeviceInput(time_s, LeaderJoints(joints_from_message(message, names)))
        position = np.array(message.position, float)
        if len(position) < len(names) or not np.isfinite(position).all():
            raise ObservationError(f"{len(names)} finite joint positions are needed, got {position.tolist()}")
        return DeviceInput(time_s, LeaderJoints(position[: len(names)]))

    device = _device(context, "leader arm", JointState, LEADER, convert)
    device.listen(Float32, GRIPPER_PERCENT, _gripper)
    return device


def _device(context: DeviceContext, name: str, kind: type, topic: str, convert: Convert) -> TopicDevice:
    device = TopicDevice(context.node, f"{name} on {context.node.resolve_topic_name(topic)}")
    device.listen(kind, topic, convert)
    return device


def _twist(twist: Twist) -> tuple[Array, Array]:
    return vector_from_message(twist.linear, "twist.linear"), vector_from_message(twist.angular, "twist.angular")


def _gripper(message: Float32, time_s: float) -> DeviceInput:
    return DeviceInput(time_s, gripper=float(message.data))
