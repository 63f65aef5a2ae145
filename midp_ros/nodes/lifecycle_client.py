"""Asks a lifecycle node for transitions, without waiting for it; imports lifecycle_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Iterator

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.node import Node

from midp_ros.core.errors import CommandError

TRANSITIONS = {
    "configure": Transition.TRANSITION_CONFIGURE,
    "activate": Transition.TRANSITION_ACTIVATE,
    "deactivate": Transition.TRANSITION_DEACTIVATE,
}


class LifecycleClient:
    """Transitions of one other node."""

    def __init__(self, node: Node, name: str):
        self._name = name
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


def transition_request(name: str) -> ChangeState.Request:
    """The request for a transition by name."""
    return ChangeState.Request(transition=Transition(id=TRANSITIONS[name]))
