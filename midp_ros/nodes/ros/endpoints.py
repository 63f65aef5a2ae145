"""Whose endpoints a topic has: by the participant's id, since two nodes may have one name.

Imports rclpy.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from rclpy.context import Context
from rclpy.node import Node
from std_msgs.msg import Empty

PARTICIPANT_BYTES = 12  # of an endpoint's GUID, its participant's prefix: DDSI-RTPS 2.5, section 9.3.1
UNDISCOVERED = "_NODE_NAME_UNKNOWN_"  # as long as only the endpoint has been discovered
# A process that was killed stays in the graph for so long: Fast DDS' default lease duration is 20 s.
LEFTOVER_S = 25.0
LEFTOVER = f"one that was killed is gone within {LEFTOVER_S:g} s"
LOOK_PERIOD_S = 0.5  # a look at the graph takes 0.4 ms for each topic
YOUNG_S = 3.0  # discovery takes up to so long on a busy machine

# By node: a process gets another id when it has been without a node.
_participants: WeakKeyDictionary[Node, bytes] = WeakKeyDictionary()
_joined_s: WeakKeyDictionary[Context, float] = WeakKeyDictionary()


@dataclass(frozen=True)
class Endpoint:
    """A publisher or a subscription in the graph.

    Attributes:
        node: its full name.
        gid: unique in the graph.
    """

    node: str
    gid: bytes

    @property
    def participant(self) -> bytes:
        """Of the process that has it."""
        return self.gid[:PARTICIPANT_BYTES]


def publishers(node: Node, topic: str, nameless: bool = False) -> list[Endpoint]:
    """A topic's publishers.

    Args:
        nameless: those, too, whose node has not been discovered yet, as nodes without a name.
    """
    return _endpoints(node.get_publishers_info_by_topic(topic), nameless)


def subscribers(node: Node, topic: str) -> list[Endpoint]:
    """A topic's subscriptions whose nodes have been discovered."""
    return _endpoints(node.get_subscriptions_info_by_topic(topic), False)


def participant(node: Node) -> bytes:
    """The id of this process in the graph, by an endpoint that no other process has; takes 30 ms once for each node."""
    if node not in _participants:
        topic = f"midp_ros/participant_{uuid.uuid4().hex}"
        publisher = node.create_publisher(Empty, topic, 1)
        (info,) = node.get_publishers_info_by_topic(node.resolve_topic_name(topic))
        _participants[node] = bytes(info.endpoint_gid)[:PARTICIPANT_BYTES]
        node.destroy_publisher(publisher)
    return _participants[node]


def graph_age_s(node: Node) -> float:
    """For how long this process has been discovering the graph, as far as its nodes have asked this [s]."""
    now_s = time.monotonic()
    return now_s - _joined_s.setdefault(node.context, now_s)


def discover(node: Node, discovery_s: float) -> None:
    """Waits until this process has been discovering the graph for so long [s]."""
    time.sleep(max(0.0, discovery_s - graph_age_s(node)))


def look_period_s(node: Node) -> float:
    """How often to look at the graph [s]; all the time while it is being discovered."""
    return 0.0 if graph_age_s(node) < YOUNG_S else LOOK_PERIOD_S


def namesakes(node: Node, topic: str) -> list[Endpoint]:
    """Publishers of a topic in other processes whose node has this node's full name."""
    name, own = node.get_fully_qualified_name(), participant(node)
    return [found for found in publishers(node, topic) if found.node == name and found.participant != own]


def _endpoints(found: Sequence[Any], nameless: bool) -> list[Endpoint]:
    return [
        Endpoint(_full_name(info), bytes(info.endpoint_gid))
        for info in found
        if nameless or info.node_name != UNDISCOVERED
    ]


def _full_name(info: Any) -> str:
    return "" if info.node_name == UNDISCOVERED else f"{info.node_namespace.rstrip('/')}/{info.node_name}"


def namesake(node: Node) -> str:
    """Why one answer must not count, with the remedy; empty where the node is alone with its name.

    A request for a name reaches all nodes of that name.
    """
    own = node.get_name(), node.get_namespace()
    if node.get_node_names_and_namespaces().count(own) < 2:
        return ""
    name = node.get_fully_qualified_name()
    return f"another node is called {name}, too: end one of them ({LEFTOVER})"
