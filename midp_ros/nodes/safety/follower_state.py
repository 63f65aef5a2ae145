"""The state that Franka's follower of joint targets publishes of itself; imports rclpy."""

from __future__ import annotations

import math
import time

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

from midp_ros.nodes.ros.parameters import value
from midp_ros.nodes.ros.polled_subscription import PolledSubscription

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)  # published once, perhaps long ago
PERIOD_S = 0.1  # between two looks at the graph
# A follower's endpoints are discovered together; one that publishes no state so long after its input has none.
DISCOVERY_S = 2.0


class FollowerState:
    """Knows the follower's newest state, or whether that is still to come.

    A follower that follows and got no target for half a second ends its control node at the next one. Until its state
    is known, nothing may be published to it.

    Args:
        topic: of the state; empty where there is none, as with another output.

    Attributes:
        state: the last one; empty before that.
    """

    def __init__(self, node: Node, topic: str):
        self._node, self._topic, self.state = node, topic, ""
        self._changed_s, self._looked_s, self._input_s = -math.inf, -math.inf, math.inf
        self._awaited = bool(topic)
        self._states = PolledSubscription(node, String, topic, LATCHED) if topic else None

    @property
    def changed_s(self) -> float:
        """Since it was seen to change its state [s]."""
        return time.monotonic() - self._changed_s

    @property
    def awaited(self) -> str:
        """Why the arm must not be commanded before the state is known; empty if it is, or if there is none."""
        return f"the follower's state is not known yet: nothing on {self._topic}" if self._awaited else ""

    def take(self) -> None:
        """Sees what has come; on one thread only."""
        if self._states is None:
            return
        for taken in self._states.take():
            state = self._states.message(taken).data
            if self.state and state != self.state:  # the first one may be old
                self._changed_s = time.monotonic()
            self.state, self._awaited = state, False
        if self._awaited:
            self._look_for_it()

    def _look_for_it(self) -> None:
        now_s = time.monotonic()
        if now_s < self._looked_s + PERIOD_S:
            return
        self._looked_s = now_s
        if self._node.count_publishers(self._topic):
            self._input_s = math.inf  # its state will come
        elif not self._node.count_subscribers(value(self._node, "stream_topic")):
            self._input_s = math.inf
        else:
            self._input_s = min(self._input_s, now_s)
            self._awaited = now_s <= self._input_s + DISCOVERY_S
