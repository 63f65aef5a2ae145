"""Waits for an operator: a service, and Enter where a terminal is attached; imports rclpy."""

from __future__ import annotations

import select
import sys
from collections.abc import Iterator

from rclpy.node import Node
from std_srvs.srv import Trigger

REMIND_S = 15.0


class OperatorConfirmation:
    """Serves `~/confirm`."""

    def __init__(self, node: Node):
        self._node, self._given, self._question = node, False, ""
        node.create_service(Trigger, "~/confirm", self._on_confirm)

    def ask(self, question: str) -> Iterator[None]:
        """Yields until somebody agrees."""
        self._given, self._question = False, question
        terminal = sys.stdin is not None and sys.stdin.isatty()
        how = f"call {self._node.get_fully_qualified_name()}/confirm{' or press Enter' if terminal else ''}"
        while not self._given:
            self._node.get_logger().warning(f"{question}? {how}", throttle_duration_sec=REMIND_S)
            if terminal and select.select([sys.stdin], [], [], 0.0)[0]:
                self._given = bool(sys.stdin.readline())
                terminal = self._given  # an end of file is no consent, and stays
            yield
        self._question = ""

    def _on_confirm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = bool(self._question) and not self._given  # one answer must not count for two questions
        response.message = f"confirmed: {self._question}" if response.success else "nothing waits to be confirmed"
        self._given = True
        return response
