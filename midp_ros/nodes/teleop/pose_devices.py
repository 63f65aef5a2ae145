"""Devices that are poses: a phone or a VR controller, whose motion counts, and a dragged tool, whose place counts.

Imports teleop, conversions and rclpy.
"""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from std_msgs.msg import Bool

from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose
from midp_ros.nodes.ros.conversions import pose_from_message
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.nodes.teleop.topic_devices import Frames, TopicDevice
from midp_ros.teleop.device import DeviceContext
from midp_ros.teleop.inputs import DeviceInput, HandPose

HAND = "target_frame"  # of the package `teleop` (WebXR on a phone)
ANSWER = "current_pose"  # where that package looks for the robot's tool pose
CLUTCH = "~/clutch"
TARGET = "~/target_pose"  # of the viewer's dragged tool, and of CRISP's convention after a remap
TOOL_POSE = "franka_robot_state_broadcaster/current_pose"
HAND_SILENCE_S = 0.15  # a phone's 30 Hz over a wireless network
TARGET_PATIENCE_S = 1.0  # a mouse that rests sends nothing, and the tool is still on its way
ANSWER_PERIOD_S = 1 / 30


class HandDevice(TopicDevice):
    """A hand's pose. The clutch is closed while poses come; with a clutch topic, while that is true."""

    def __init__(self, context: DeviceContext):
        node = context.node
        super().__init__(node, f"hand on {node.resolve_topic_name(HAND)}", True, HAND_SILENCE_S)
        self._frames, self._strange = Frames(node, context.profile), False
        self._clutch: bool | None = None
        self.listen(PoseStamped, HAND, self._hand)
        self.listen(Bool, CLUTCH, self._on_clutch)
        self._answer = ToolPoseAnswer(node)

    def read(self, time_s: float) -> list[DeviceInput]:
        """The inputs since the last call; answers with the tool's pose."""
        self._answer.look(time_s)
        return super().read(time_s)

    def close(self) -> None:
        """Leaves the topics."""
        super().close()
        self._answer.close()

    def _hand(self, message: PoseStamped, time_s: float) -> DeviceInput:
        pose = pose_from_message(message)
        try:
            rotation = self._frames.rotation(message.header.frame_id)
        except ObservationError as e:
            rotation = None  # a tracker's own frame is not on /tf, or has no name: its axes count as the base's
            if not self._strange:
                self._strange = True
                self._node.get_logger().warning(f"{self.name}: its frame's axes are taken as the base's: {e}")
        if rotation is not None:  # only motions count: turned into the base's axes, from wherever
            pose = Pose(rotation @ pose.position_m, rotation @ pose.rotation @ rotation.T)
        return DeviceInput(time_s, HandPose(pose), self._clutch)

    def _on_clutch(self, message: Bool, time_s: float) -> DeviceInput:
        self._clutch, self.silence_is_release = bool(message.data), False
        return DeviceInput(time_s, held=False) if not message.data else DeviceInput(time_s)


class ToolPoseAnswer:
    """Publishes the tool's pose where a phone's app looks for it: reliably, while the robot's own is best effort."""

    def __init__(self, node: Node):
        self._node, self._next_s = node, 0.0
        qos = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._pose = PolledSubscription(node, PoseStamped, TOOL_POSE, qos)
        self._publisher = node.create_publisher(PoseStamped, ANSWER, 1)

    def look(self, time_s: float) -> None:
        """Publishes at most every ANSWER_PERIOD_S, where there is a subscriber."""
        if 0.0 <= self._next_s - time_s <= ANSWER_PERIOD_S or not self._publisher.get_subscription_count():
            return
        if taken := self._pose.take():
            self._next_s = time_s + ANSWER_PERIOD_S
            self._publisher.publish(taken[-1].data)

    def close(self) -> None:
        """Leaves both topics."""
        self._pose.close()
        self._node.destroy_publisher(self._publisher)


def hand_device(context: DeviceContext) -> HandDevice:
    """`geometry_msgs/PoseStamped` on HAND, with or without `std_msgs/Bool` on CLUTCH."""
    return HandDevice(context)


def target_device(context: DeviceContext) -> TopicDevice:
    """`geometry_msgs/PoseStamped` on TARGET: where the tool shall go."""
    frames = Frames(context.node, context.profile)

    def convert(message: PoseStamped, time_s: float) -> DeviceInput:
        tool, in_base = pose_from_message(message), frames.pose(message.header.frame_id)
        return DeviceInput(time_s, HandPose(tool if in_base is None else in_base @ tool, absolute=True))

    device = TopicDevice(context.node, f"target on {context.node.resolve_topic_name(TARGET)}", True, TARGET_PATIENCE_S)
    device.listen(PoseStamped, TARGET, convert)
    return device
