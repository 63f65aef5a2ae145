"""The services behind the page's buttons: which are there, and their answers; imports rclpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rclpy.client import Client
from rclpy.node import Node
from std_msgs.msg import String
from std_srvs.srv import Trigger

from midp_ros.nodes.ros.steady_timer import Deadline
from midp_ros.viewer import Note, Press, Request

ANSWER_S = 3.0
RECORDER = "recorder"
Answer = Callable[[str, str, bool], None]  # what was asked for, the answer, whether it was done


class OperatorServices:
    """Clients of the services, made at the first look.

    Args:
        services: names of Trigger services by node.
        answered: takes each answer.
    """

    def __init__(self, node: Node, services: Mapping[str, Sequence[str]], answered: Answer):
        self._node, self._services, self._answered = node, services, answered
        self._clients: dict[Press, Client] = {}
        self._notes = node.create_publisher(String, f"{RECORDER}/note", 10)

    def offered(self) -> dict[str, list[str]]:
        """Services that are there now, by node."""
        if not self._clients:
            pairs = [Press(name, service) for name, services in self._services.items() for service in services]
            self._clients = {p: self._node.create_client(Trigger, f"{p.node}/{p.service}") for p in pairs}
        found: dict[str, list[str]] = {}
        for press, client in self._clients.items():
            if client.service_is_ready():
                found.setdefault(press.node, []).append(press.service)
        return found

    def carry_out(self, request: Request) -> None:
        """Calls a service, or publishes a note; the answer comes later."""
        if isinstance(request, Note):
            self._notes.publish(String(data=request.text))
            self._answered("note", request.text, True)
            return
        client = self._clients.get(request)
        title = f"{request.node}: {request.service}"
        if client is None or not client.service_is_ready():
            self._answered(title, "the node does not offer this any more", False)
            return
        future = client.call_async(Trigger.Request())

        def on_silence(_: object) -> None:
            future.cancel()
            self._answered(title, f"no answer within {ANSWER_S:g} s: the node hangs or was killed", False)

        def on_answer(_: object) -> None:
            silence.cancel()
            if (answer := None if future.cancelled() else future.result()) is not None:
                self._answered(title, answer.message, answer.success)

        silence = Deadline(self._node, on_silence)
        silence.set(ANSWER_S, None)
        future.add_done_callback(on_answer)
