"""Episode buttons: named events of devices that call the recorder's services, without waiting; imports rclpy."""

from __future__ import annotations

from functools import partial
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

VERBS = ("start", "stop", "keep", "discard", "success", "failure")
PREFIX = "episode_"


class EpisodeButtons:
    """Calls one recorder's services.

    Args:
        recorder: the node's name.

    Attributes:
        answer: the last answer, for the screen.
    """

    def __init__(self, node: Node, recorder: str):
        self._node, self._recorder, self.answer = node, recorder, ""
        self._clients: dict[str, Any] = {}

    def press(self, event: str) -> bool:
        """Calls the service of an event; returns whether the event is one of the recorder's."""
        verb = event.removeprefix(PREFIX)
        if not event.startswith(PREFIX) or verb not in VERBS:
            return False
        if verb not in self._clients:
            self._clients[verb] = self._node.create_client(Trigger, f"{self._recorder}/{verb}")
        client = self._clients[verb]
        if not client.service_is_ready():
            self._say(f"{verb}: no recorder answers at {client.srv_name}", warn=True)
            return True
        client.call_async(Trigger.Request()).add_done_callback(partial(self._on_answer, verb))
        return True

    def _on_answer(self, verb: str, future: Any) -> None:
        answer = future.result()
        if answer is not None:
            self._say(f"{verb}: {answer.message or ('done' if answer.success else 'refused')}", warn=not answer.success)

    def _say(self, text: str, warn: bool) -> None:
        self.answer = text
        if warn:
            self._node.get_logger().warning(text)
        else:
            self._node.get_logger().info(text)
