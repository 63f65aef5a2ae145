"""What the robot and its controller say of themselves, over ROS; imports control, franka_msgs and rclpy."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from franka_msgs.msg import FrankaRobotState
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from std_msgs.msg import String

from midp_ros.control import RobotCondition
from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.nodes.ros.conversions import joints_from_message
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.nodes.safety.robot_state_reader import RobotStateReader
from midp_ros.nodes.safety.setpoint_keepalive import INACTIVE

STATE_TOPIC = "franka_robot_state_broadcaster/robot_state"
QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)  # said once, perhaps before this node began


class RobotWatch:
    """Knows the newest robot state, which is read when somebody looks: a robot says it at 1 kHz.

    Args:
        follower_topic: where a controller says its state; empty if it does not.

    Attributes:
        follower: what it said last; empty before that.
    """

    def __init__(self, node: Node, follower_topic: str = ""):
        self._state: bytes | None = None
        self._changed_s = -math.inf
        self.follower, self._reader = "", RobotStateReader()
        self._states = PolledSubscription(node, FrankaRobotState, STATE_TOPIC, QOS)
        if follower_topic:
            node.create_subscription(String, follower_topic, self._on_follower, LATCHED)

    @property
    def changed_s(self) -> float:
        """Since the follower was seen to change its state [s]."""
        return time.monotonic() - self._changed_s

    def look(self, listeners: int) -> RobotCondition:
        """The robot's condition by the newest message, and by how many listen to the commands."""
        controlled = listeners > 0 and self.follower != INACTIVE
        self.take()
        if self._state is None:
            return RobotCondition(controlled=controlled)
        return self._reader.condition(self._state, controlled)

    def desired_rad(self, names: Sequence[str]) -> Array | None:
        """Desired positions of the named joints as last taken; None before that and where the robot names others."""
        state = self._state
        try:
            return None if state is None else joints_from_message(self._reader.desired(state), names)
        except ObservationError:
            return None

    def take(self) -> None:
        """Sees what has come; on one thread only."""
        for taken in self._states.take():
            self._state = taken.data

    def _on_follower(self, message: String) -> None:
        if self.follower and message.data != self.follower:  # the first one may be old
            self._changed_s = time.monotonic()
        self.follower = message.data
