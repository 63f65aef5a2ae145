"""Asks a lifecycle node for transitions and services, without waiting for it; imports lifecycle_msgs and rclpy."""

from __future__ import annotations

import time
from collections.abc import Iterator

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError

TRANSITIONS = {
    "configure": Transition.TRANSITION_CONFIGURE,
    "activate": Transition.TRANSITION_ACTIVATE,
    "deactivate": Transition.TRANSITION_DEACTIVATE,
}


class LifecycleClient:
    """Transitions of one other node."""

    def __init__(self, node: Node, name: str):
        self._node, self._name = node, name
        self._client = node.create_client(ChangeState, f"{name}/change_state")

    @property
    def is_there(self) -> bool:
        """Whether the node answers."""
        return bool(self._client.service_is_ready())

    def change(self, transition: str) -> Iterator[None]:
        """Yields until the node has done it; raises CommandError if it refuses."""
        future = self._client.call_async(transition_request(transition))
        while not future.done():
            yield
        if not future.result().success:
            raise CommandError(f"node {self._name!r} refused to {transition}; its log says why")

    def call(self, service: str, patience_s: float) -> Iterator[None]:
        """Yields until one of the node's own services has agreed; raises CommandError if it refuses for so long [s]."""
        client = self._node.create_client(Trigger, f"{self._name}/{service}")
        end_s, refusal = time.monotonic() + patience_s, "no answer"
        while refusal and time.monotonic() < end_s:
            yield
            if client.service_is_ready():
                future = client.call_async(Trigger.Request())
                while not future.done():
                    yield
                refusal = "" if future.result().success else future.result().message
        self._node.destroy_client(client)
        if refusal:
            raise CommandError(f"node {self._name!r} refused to {service}: {refusal}")


def transition_request(name: str) -> ChangeState.Request:
    """The request for a transition by name."""
    return ChangeState.Request(transition=Transition(id=TRANSITIONS[name]))
