"""Waits for the operator's confirmation: by a service, and by Enter where a terminal is attached; imports rclpy."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator
from contextlib import suppress

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_srvs.srv import Trigger

from midp_ros.launching.terminal import CONTROLLING, HANDED_ON, VARIABLE, in_foreground
from midp_ros.nodes.ros.endpoints import namesake

REMIND_S = 15.0
YES = ("", "y", "yes")
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class OperatorConfirmation:
    """Serves `~/confirm`; publishes on `~/question` what waits for it, empty where nothing does."""

    def __init__(self, node: Node):
        self._node, self._given, self._question = node, False, ""
        self._terminal = _terminal()
        self._questions = node.create_publisher(String, "~/question", LATCHED)
        node.create_service(Trigger, "~/confirm", self._on_confirm)

    def ask(self, question: str) -> Iterator[None]:
        """Yields until the operator agrees; what was typed before the question does not count."""
        while self._lines():
            pass
        self._given = False
        self._wait_for(question)
        while not self._given:
            self._node.get_logger().warning(f"{question}? {self._how()}", throttle_duration_sec=REMIND_S)
            for line in self._lines():
                self._on_line(line)
            yield
        self._wait_for("")

    def _wait_for(self, question: str) -> None:
        self._question = question
        self._questions.publish(String(data=question))

    def _how(self) -> str:
        service = f"{self._node.get_fully_qualified_name()}/confirm"
        return f"{'press Enter, or ' if self._terminal is not None else ''}`midp confirm`, or call {service}"

    def _on_line(self, line: str) -> None:
        if line.strip().lower() in YES:
            self._given = True
        else:
            self._node.get_logger().warning(f"{line.strip()!r} confirms nothing; Enter alone, or yes, does")

    def _lines(self) -> list[str]:
        """What has been typed; nothing more after the end of the file, which confirms nothing."""
        terminal = self._terminal
        if terminal is None or (os.isatty(terminal) and not in_foreground(terminal)):
            return []
        if not select.select([terminal], [], [], 0.0)[0]:
            return []
        if not (typed := os.read(terminal, 4096)):
            self._terminal = None
        return typed.decode(errors="replace").splitlines()

    def _on_confirm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        # One answer must not confirm two deployments.
        if problem := namesake(self._node):
            response.success, response.message = False, problem
            return response
        response.success = bool(self._question) and not self._given  # one answer must not count for two questions
        response.message = f"confirmed: {self._question}" if response.success else "nothing waits to be confirmed"
        self._given = True
        return response


def _terminal() -> int | None:
    """What the operator types into, a file descriptor; None where there is no terminal."""
    given = os.environ.get(VARIABLE)
    if sys.stdin is not None and (sys.stdin.isatty() or given == HANDED_ON):
        return sys.stdin.fileno()
    with suppress(OSError):
        return os.open(CONTROLLING, os.O_RDONLY | os.O_CLOEXEC) if given == CONTROLLING else None
    return None
