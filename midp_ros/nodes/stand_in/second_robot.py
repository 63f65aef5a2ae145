"""Refuses to be the second robot on its topics; imports rclpy.

Two robots of one name confuse every observer, and each follows the other's commands, until a reflex ends that.
"""

from __future__ import annotations

import math
import time

from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import JointState

from midp_ros.core.errors import MidpError
from midp_ros.core.files.name_lock import NameLock
from midp_ros.core.stamp import NANOSECONDS, nanoseconds
from midp_ros.nodes.ros.endpoints import LEFTOVER, graph_age_s, participant, publishers
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.nodes.ros.publish_rate import PublishRate

TOPIC = "franka/joint_states"
QOS = QoSProfile(depth=20, reliability=ReliabilityPolicy.BEST_EFFORT)
DISCOVERY_S = 0.5  # after the start; a simulation on this machine is known without it
# For a message of a publisher that has been discovered; without one it was killed, and the graph keeps it for 20 s.
LIVING_S = 1.0
# Discovery takes up to 3 s on a busy machine: a robot that is found in this time may have been there before.
SETTLING_S = 5.0
LOOK_S = 0.02


class SecondRobotError(MidpError):
    """There is another robot already; the message names it and the remedy."""


class SecondRobot:
    """Judges by messages that arrive, not by the graph, which a process that was killed leaves later.

    To be made before the node publishes the topic. It looks for other robots first; of simulations that start at the
    same time on this machine, the kernel lets exactly one have the topic.

    Raises:
        SecondRobotError: another robot publishes the same topic.
    """

    def __init__(self, node: Node):
        self._node, self._topic = node, node.resolve_topic_name(TOPIC)
        self._lock = NameLock(f"{self._domain} {self._topic}", node.get_fully_qualified_name())
        if self._lock.holder:
            raise SecondRobotError(self._refusal(self._lock.holder))
        self._states: PolledSubscription | None = self._subscribe()
        self._begun_s = time.monotonic()
        self._rate, self._stamps, self._known = PublishRate(1.0), set[int](), set[str]()
        self._require_alone()

    def close(self) -> None:
        """This robot ends."""
        self._lock.close()

    def look(self, time_s: float, stamp_s: float) -> str:
        """Called regularly, before the topic is published: why this robot must end; empty if it may go on.

        Another robot that appears later than SETTLING_S is the newcomer; it only brings a warning.

        Args:
            time_s: on the steady clock.
            stamp_s: of the messages that this robot publishes next.
        """
        settling = time_s < self._begun_s + SETTLING_S
        if settling:
            self._stamps.add(nanoseconds(stamp_s))
            if self._foreign():
                return self._refusal(self._names())
        elif self._stamps:
            self._drop()
            self._stamps.clear()
        if self._rate.due(time_s):
            self._look_at_graph(settling)
        return ""

    def _require_alone(self) -> None:
        """Waits until other robots would have been discovered; raises SecondRobotError where one is."""
        while not self._looked_long_enough():
            if self._states is not None and self._states.take():
                self._lock.close()
                raise SecondRobotError(self._refusal(self._names()))
            time.sleep(LOOK_S)
        self._drop()
        self._begun_s, self._known = time.monotonic(), self._others()  # those were killed

    def _look_at_graph(self, settling: bool) -> None:
        others = self._others()
        if settling and others and self._states is None:
            self._states = self._subscribe()
        if others - self._known:
            self._node.get_logger().warning(
                f"two robots in ROS domain {self._domain}: {', '.join(sorted(others))} publishes {self._topic}, too, "
                "and would follow the same commands; end one, or give one another ROS_DOMAIN_ID or namespace "
                f"({LEFTOVER})"
            )
        self._known = others

    def _looked_long_enough(self) -> bool:
        awaited_s = LIVING_S if self._others() else -math.inf
        return graph_age_s(self._node) >= DISCOVERY_S and time.monotonic() >= self._begun_s + awaited_s

    def _foreign(self) -> bool:
        """Whether a message has come that this robot has not published."""
        if self._states is None:
            return False
        taken = [self._states.message(each) for each in self._states.take()]
        stamps = (message.header.stamp for message in taken)
        return any(stamp.sec * NANOSECONDS + stamp.nanosec not in self._stamps for stamp in stamps)

    def _subscribe(self) -> PolledSubscription:
        return PolledSubscription(self._node, JointState, TOPIC, QOS)

    def _drop(self) -> None:
        if self._states is not None:
            self._states.close()
            self._states = None

    @property
    def _domain(self) -> int:
        return int(self._node.context.get_domain_id())

    def _others(self) -> set[str]:
        own = participant(self._node), self._node.get_fully_qualified_name()
        return {p.node for p in publishers(self._node, self._topic) if (p.participant, p.node) != own}

    def _names(self) -> str:
        return ", ".join(sorted(self._others())) or "another node"

    def _refusal(self, others: str) -> str:
        return (
            f"{others} publishes {self._topic} in ROS domain {self._domain} already, and two robots would follow the "
            "same commands: end it, or start this simulation with another ROS_DOMAIN_ID or in a namespace "
            "(namespace:=NAME)"
        )
