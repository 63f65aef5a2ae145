"""Episode buttons: named events that call the recorder's services, one after the other, without waiting.

Imports rclpy.
"""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.nodes.ros.steady_timer import Deadline

VERBS = ("start", "stop", "keep", "discard", "success", "failure")
PREFIX = "episode_"
ANSWER_S = 5.0  # an answer that takes longer is waited for no more, so that the next request is sent
SHOWN_S = 6.0


class EpisodeButtons:
    """Calls one recorder's services in the order of the presses.

    Args:
        recorder: the node's name.
    """

    def __init__(self, node: Node, recorder: str):
        self._node = node
        self._answer, self._answered_s = "", 0.0
        # All at the start: the middleware takes a moment to find a server.
        self._clients = {verb: node.create_client(Trigger, f"{recorder}/{verb}") for verb in VERBS}
        self._waiting: deque[str] = deque()
        self._number, self._awaited = 0, False
        self._deadline = Deadline(node, self._give_up)

    @property
    def answer(self) -> str:
        """The last answer, for the screen; empty once it is SHOWN_S old."""
        return self._answer if time.monotonic() - self._answered_s < SHOWN_S else ""

    def press(self, event: str) -> bool:
        """Calls the service of an event; returns whether the event is one of the recorder's."""
        verb = event.removeprefix(PREFIX)
        if not event.startswith(PREFIX) or verb not in VERBS:
            return False
        self._waiting.append(verb)
        self._next()
        return True

    def _next(self) -> None:
        while self._waiting and not self._awaited:
            verb = self._waiting.popleft()
            client = self._clients[verb]
            if not client.service_is_ready():
                self._say(f"{verb}: no recorder answers at {client.srv_name}", warn=True)
                continue
            self._number, self._awaited = self._number + 1, True
            self._deadline.set(ANSWER_S, verb)
            client.call_async(Trigger.Request()).add_done_callback(partial(self._on_answer, verb, self._number))

    def _on_answer(self, verb: str, number: int, future: Any) -> None:
        if (answer := future.result()) is None:
            return
        self._say(f"{verb}: {answer.message or ('done' if answer.success else 'refused')}", warn=not answer.success)
        if number == self._number:  # else it came late, and the next request did not wait for it
            self._deadline.cancel()
            self._awaited = False
            self._next()

    def _give_up(self, verb: str) -> None:
        self._awaited = False
        self._number += 1
        self._say(f"{verb}: no answer for {ANSWER_S:g} s; the report of a long episode takes longer", warn=True)
        self._next()

    def _say(self, text: str, warn: bool) -> None:
        self._answer, self._answered_s = text, time.monotonic()
        if warn:
            self._node.get_logger().warning(text)
        else:
            self._node.get_logger().info(text)
