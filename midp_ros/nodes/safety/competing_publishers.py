"""Other publishers on the topic that commands the arm; imports rclpy.

Two publishers on a command topic make the arm jump, since the controller follows whichever message is newest.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection

from rclpy.node import Node

from midp_ros.nodes.commands.command_output import command_topic
from midp_ros.nodes.ros.endpoints import LEFTOVER, LEFTOVER_S, Endpoint, look_period_s, participant, publishers


class CompetingPublishers:
    """Warns of every other publisher, and keeps the arm from moving where it is a second node of the same name.

    A publisher that is there need not publish (a panel, MoveIt), and no message names its sender: so a warning only.
    A node of the same name is a second policy for certain. Endpoints are compared by the process that has them.

    Args:
        controller: that the node's output commands.

    Attributes:
        names: of the others' nodes.
    """

    def __init__(self, node: Node, controller: str):
        self._node = node
        self._topic = command_topic(node, controller)
        self._looked_s = -math.inf
        self._begun_s = time.monotonic()
        name = node.get_fully_qualified_name()
        self._own_names = {name, f"{name}_stream"}
        self._namesake = self.names = ""
        self._moved = False

    def look(self, streams: Collection[bytes] | None, moving: bool) -> None:
        """Called regularly: warns of news, at most LOOK_PERIOD_S late.

        Args:
            streams: the processes that stream, or did, for this node; None while that is not known.
            moving: whether the arm is being moved.
        """
        self._moved |= moving
        if streams is None or (now_s := time.monotonic()) < self._looked_s + look_period_s(self._node):
            return
        self._looked_s = now_s
        others = self._others(streams)
        same = [other.node for other in others if other.node in self._own_names]
        self._namesake = f"another node called {self._node.get_fully_qualified_name()}" if same else ""
        marked = (f"{n} (another node of the same name)" if n in self._own_names else n for n in _names(others))
        names = ", ".join(marked)
        if names and names != self.names:
            self._node.get_logger().warning(f"another publisher can command the arm, too, on {self._topic}: {names}")
        self.names = names

    @property
    def forbids(self) -> str:
        """Why the arm must not move because of a second node of the same name; empty if it may."""
        if not self._namesake:
            return ""
        advice = f"end one of them ({LEFTOVER})"
        return f"{self._namesake} can command the arm, too, on {self._topic}; {advice}"

    @property
    def may_be_leftover(self) -> bool:
        """Whether it may be one that was killed, which leaves the graph by itself."""
        return not self._moved and time.monotonic() < self._begun_s + LEFTOVER_S

    def present(self, streams: Collection[bytes] | None) -> bool:
        """Whether there is another one now."""
        if streams is None:
            return any(p.node not in self._own_names for p in publishers(self._node, self._topic))
        return bool(self._others(streams))

    def _others(self, streams: Collection[bytes]) -> list[Endpoint]:
        own = participant(self._node), *streams
        found = publishers(self._node, self._topic)
        return [p for p in found if p.node not in self._own_names or p.participant not in own]


def _names(endpoints: list[Endpoint]) -> list[str]:
    return sorted({endpoint.node for endpoint in endpoints})
