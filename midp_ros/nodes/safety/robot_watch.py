"""The robot's condition, and whether it is the same robot all the time; imports control, franka_msgs and rclpy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence

from franka_msgs.msg import FrankaRobotState
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from midp_ros.control import ExternalForces, RobotCondition
from midp_ros.control.supervision.robot_continuity import RobotContinuity
from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.nodes.commands.command_output import follower_state_topic
from midp_ros.nodes.ros.conversions import joints_from_message
from midp_ros.nodes.ros.endpoints import LEFTOVER, Endpoint, look_period_s, publishers
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.nodes.safety.follower_state import FollowerState
from midp_ros.nodes.safety.robot_state_reader import RobotStateReader
from midp_ros.nodes.safety.setpoint_keepalive import INACTIVE

STATE_TOPIC = "franka_robot_state_broadcaster/robot_state"
QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


class RobotWatch:
    """Knows the newest robot state, which is read when it is asked for: a robot publishes it at 1 kHz.

    Args:
        clock: the node's time [s].

    Attributes:
        doubled: two robots that publish the same state; empty where there are none.
        follower: the state of the follower of joint targets, where the node's output is such a stream.
    """

    def __init__(self, node: Node, clock: Callable[[], float]):
        self._node, self._clock, self._state, self._arrived_s = node, clock, b"", math.nan
        self._reader = RobotStateReader()
        self._states = PolledSubscription(node, FrankaRobotState, STATE_TOPIC, QOS)
        self.follower = FollowerState(node, follower_state_topic(node))
        self._continuity: RobotContinuity | None = None
        self.doubled = ""
        self._unnamed = False

    def begin(self, joint_topic: str, longest_silence_s: float) -> None:
        """From now on it has to be the same robot, which publishes its joints on a topic."""
        self._topics = joint_topic.lstrip("/"), STATE_TOPIC
        self._continuity, self._looked_s = RobotContinuity(longest_silence_s), -math.inf
        self._counts: list[int] = []
        self._arrived_s, self._begun_s = math.nan, self._clock()

    def look(self, listeners: int) -> RobotCondition:
        """The robot's condition by the newest message, and by how many listen to the commands."""
        self.take()
        controlled = listeners > 0 and self.follower.state != INACTIVE
        if not self._state:
            return RobotCondition(controlled=controlled)
        try:
            return self._reader.condition(self._state, controlled)
        except ObservationError as e:
            return RobotCondition(controlled=controlled, unreadable=str(e))

    def replaced(self) -> str:
        """Which publisher of the robot's state is new; empty if none is.

        Called before the messages are used: the graph knows a publisher before its first message comes.
        """
        now_s = time.monotonic()
        if self._continuity is None:
            return ""
        names = [self._node.resolve_topic_name(topic) for topic in self._topics]
        counts = [self._node.count_publishers(name) for name in names]
        # To count takes a hundredth of a look.
        unchanged = counts == self._counts and not self._unnamed
        if unchanged and now_s < self._looked_s + look_period_s(self._node):
            return ""
        self._counts, self._looked_s = counts, now_s
        found = {name: publishers(self._node, name, nameless=True) for name in names}
        self._unnamed = any(not p.node for each in found.values() for p in each)
        state = self._node.resolve_topic_name(STATE_TOPIC)
        doubled = (_doubled(name, each, single=name == state) for name, each in found.items())
        self.doubled = next(filter(None, doubled), "")
        news = [self._continuity.publishers(now_s, name, {p.gid: p.node for p in each}) for name, each in found.items()]
        return next(filter(None, news), "")

    def silence(self, arrived_s: Mapping[str, float]) -> str:
        """On which topic the robot has been silent for too long; empty if it has not.

        Args:
            arrived_s: when the newest message of each topic arrived, by the node's time [s].
        """
        if self._continuity is None:
            return ""
        joints, state = self._topics
        known = {topic: arrival_s for topic, arrival_s in arrived_s.items() if topic.lstrip("/") == joints}
        if not math.isnan(self._arrived_s):
            known[state] = self._arrived_s
        now_s = self._clock()
        self._begun_s = self._begun_s or now_s  # what came before /clock came at 0, which is no time
        begun_s = min(self._begun_s, now_s)  # a clock may jump back; before it began nothing was expected
        return self._continuity.silence(now_s, {topic: max(begun_s, arrival_s) for topic, arrival_s in known.items()})

    def desired_rad(self, names: Sequence[str]) -> Array | None:
        """Desired positions of the named joints as last taken; None before that and where the robot names others."""
        try:
            return joints_from_message(self._reader.desired(self._state), names) if self._state else None
        except ObservationError:
            return None

    def external(self) -> ExternalForces | None:
        """External forces by the newest state; None where they are not known."""
        self.take()
        return self._reader.external(self._state) if self._state else None

    def take(self) -> None:
        """Sees what has come; on one thread only."""
        self.follower.take()
        for taken in self._states.take():
            self._state, self._arrived_s = taken.data, self._clock() - taken.waited_s


def _doubled(topic: str, found: Sequence[Endpoint], single: bool) -> str:
    """Two robots, that is two graphs that mix; of a process that was killed the graph has to forget first.

    Args:
        single: a robot publishes this topic in one process only; of another one, only one name in two processes counts.
    """
    names = {endpoint.participant: endpoint.node for endpoint in found}
    given = sorted(filter(None, names.values()))
    twice = sorted({name for name in given if given.count(name) > 1})
    end = f"publish {topic}; end one of them ({LEFTOVER})"
    if twice:
        return f"two nodes called {twice[0]} {end}"
    if single and len(names) > 1:
        unnamed = ["a node whose name is not known yet"] * (len(names) - len(given))
        return f"two robots, {' and '.join([*given, *unnamed])}, {end}"
    return ""
