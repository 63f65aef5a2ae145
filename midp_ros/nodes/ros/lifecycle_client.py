"""Asks a lifecycle node for transitions and services, without blocking; imports lifecycle_msgs and rclpy."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError
from midp_ros.nodes.ros.waiting import LongWait

TRANSITIONS = {
    "configure": Transition.TRANSITION_CONFIGURE,
    "activate": Transition.TRANSITION_ACTIVATE,
    "deactivate": Transition.TRANSITION_DEACTIVATE,
}
LONGEST_TRANSITION_S = 120.0  # TensorRT builds its engine when a model is loaded
LONGEST_ANSWER_S = 5.0


class LifecycleClient:
    """Transitions and services of one other node, each given up after a time on the steady clock."""

    def __init__(self, node: Node, name: str):
        self._node, self._name = node, name
        self._client = node.create_client(ChangeState, f"{name}/change_state")

    @property
    def is_there(self) -> bool:
        """Whether the node answers."""
        return bool(self._client.service_is_ready())

    def change(self, transition: str, limit_s: float = LONGEST_TRANSITION_S) -> Iterator[None]:
        """Yields until the node has done it; raises CommandError if it refuses, vanishes or takes too long."""
        text = f"waiting for node {self._name!r} to {transition}, for up to {limit_s:g} s"
        answer = yield from self._answer(self._client, transition_request(transition), limit_s, text)
        if answer is None:
            gone = "it has left the graph" if not self.is_there else f"it has not answered within {limit_s:g} s"
            raise CommandError(f"node {self._name!r} did not {transition}: {gone}; its log may say why")
        if not answer.success:
            raise CommandError(f"node {self._name!r} refused to {transition}; its log says why")

    def call(self, service: str, patience_s: float) -> Iterator[None]:
        """Yields until one of the node's own services has agreed; raises CommandError if it refuses for so long [s]."""
        client = self._node.create_client(Trigger, f"{self._name}/{service}")
        end_s, refusal = time.monotonic() + patience_s, "no answer"
        while refusal and time.monotonic() < end_s:
            yield
            if client.service_is_ready():
                answer = yield from self._answer(client, Trigger.Request(), LONGEST_ANSWER_S)
                refusal = "no answer" if answer is None else "" if answer.success else answer.message
        self._node.destroy_client(client)
        if refusal:
            raise CommandError(f"node {self._name!r} refused to {service}: {refusal}")

    def _answer(self, client: Any, request: Any, limit_s: float, text: str = "") -> Generator[None, None, Any]:
        """Yields until there is an answer; None where the server vanished or took too long."""
        future, wait = client.call_async(request), LongWait(self._node.get_logger().warning, text)
        while not future.done():
            if wait.waited_s > limit_s or not client.service_is_ready():
                client.remove_pending_request(future)
                return None
            wait.look()
            yield
        return future.result()


def transition_request(name: str) -> ChangeState.Request:
    """The request for a transition by name."""
    return ChangeState.Request(transition=Transition(id=TRANSITIONS[name]))
