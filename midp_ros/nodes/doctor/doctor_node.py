"""`midp_doctor`: looks at the graph for some seconds and prints it as JSON; imports doctor and rclpy.

It only listens. `midp doctor` starts it and judges what it saw.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Generator, Iterator
from typing import Any

import rclpy
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from midp_ros.core.errors import MidpError
from midp_ros.doctor import Snapshot
from midp_ros.nodes.doctor.graph_reading import (
    full_name,
    message_type,
    read_endpoints,
    read_nodes,
    read_process,
    read_services,
)
from midp_ros.nodes.doctor.scene_listener import SceneListener
from midp_ros.nodes.doctor.topic_listener import TopicListener
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.running import initialise

PARAMETERS = (
    Parameter("topics", ["/joint_states"], "to receive, where they have a publisher"),
    Parameter("seconds", 3.0, "to listen [s]", 0.5, 600.0),
)
LOOK_S = 0.02
SETTLE_LOOK_S, SETTLED_LOOKS, MOST_LOOKS = 0.2, 5, 30  # discovery takes up to a second, seconds on a busy machine


class DoctorNode(Node):
    """Takes a snapshot."""

    def __init__(self, **options: Any) -> None:
        super().__init__("midp_doctor", **options)
        declare(self, PARAMETERS)
        self._listeners: dict[str, TopicListener] = {}
        self._unreadable: dict[str, str] = {}

    def snapshot(self) -> Snapshot:
        """Waits until the graph has settled, listens, and returns what there is."""
        return _result(self.looks())

    def looks(self) -> Generator[None, None, Snapshot]:
        """The same in steps, to be taken every LOOK_S or somewhat less often."""
        yield from self._settle()
        scene = SceneListener(self)
        end_s = time.monotonic() + value(self, "seconds")
        while time.monotonic() < end_s:
            scene.look(self._listen_to_new_ones())
            for listener in self._listeners.values():
                listener.look()
            yield
        publishers, subscribers = read_endpoints(self)
        return Snapshot(
            process=read_process(),
            nodes=tuple(full_name(*found) for found in read_nodes(self)),
            publishers=publishers,
            subscribers=subscribers,
            services=read_services(self),
            received={topic: listener.received() for topic, listener in self._listeners.items()},
            unreadable=self._unreadable,
            parents=scene.parents,
            velocity_limits=scene.velocity_limits,
        )

    def _settle(self) -> Iterator[None]:
        """Ends once one of the topics is there and the graph has not changed for a second, or after six."""
        before, unchanged = None, 0
        for _ in range(MOST_LOOKS):
            topics = dict(self.get_topic_names_and_types())
            now = (topics, sorted(self.get_node_names_and_namespaces()))
            before, unchanged = now, unchanged + 1 if now == before else 0
            if unchanged >= SETTLED_LOOKS and not topics.keys().isdisjoint(value(self, "topics")):
                return
            next_s = time.monotonic() + SETTLE_LOOK_S
            while time.monotonic() < next_s:
                yield

    def _listen_to_new_ones(self) -> dict[str, list[str]]:
        """Returns the topics' types."""
        types = dict(self.get_topic_names_and_types())
        for topic in value(self, "topics"):
            if topic in types and topic not in self._listeners and topic not in self._unreadable:
                try:
                    self._listeners[topic] = TopicListener(self, topic, message_type(types[topic][0]))
                except (ImportError, AttributeError) as e:
                    self._unreadable[topic] = str(e)
        return types


def look_around(topics: list[str], duration_s: float) -> Generator[None, None, Snapshot]:
    """A snapshot from within another node's process, in steps as those of `DoctorNode.looks`."""
    wanted = [RosParameter("topics", value=topics), RosParameter("seconds", value=duration_s)]
    node = DoctorNode(parameter_overrides=wanted, use_global_arguments=False)
    try:
        return (yield from node.looks())
    finally:
        node.destroy_node()


def _result(looks: Generator[None, None, Snapshot]) -> Snapshot:
    while True:
        try:
            next(looks)
        except StopIteration as end:
            snapshot: Snapshot = end.value
            return snapshot
        time.sleep(LOOK_S)


def print_snapshot() -> None:
    """A process's work; not by `running.run`, because the node must not spin: it takes its messages itself."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    node = None
    try:
        initialise()
        node = DoctorNode()
        print(json.dumps(node.snapshot().to_dict()))
    except (MidpError, KeyboardInterrupt) as e:
        sys.exit(f"error: {e or 'interrupted'}")
    finally:
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
        for number in (signal.SIGINT, signal.SIGTERM):  # the process is ending anyway
            signal.signal(number, signal.SIG_IGN)
