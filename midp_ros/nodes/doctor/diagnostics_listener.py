"""`midp_diagnostics`: prints what a node says of itself on /diagnostics; imports conversions and rclpy.

One line of JSON for every report, for some seconds from the first one on. `midp bench` starts it.
"""

from __future__ import annotations

import json
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.status_conversions import values_from_status

PARAMETERS = (
    Parameter("name", "/policy", "whose status to listen to"),
    Parameter("seconds", 60.0, "to listen from the first word on [s]", 0.5, 86400.0),
    Parameter("patience_s", 60.0, "for the first word [s]", 0.5, 3600.0),
)


class DiagnosticsListener(Node):
    """Listens for a while, prints and leaves."""

    def __init__(self, **options: Any) -> None:
        super().__init__("midp_diagnostics", **options)
        declare(self, PARAMETERS)
        self._heard = False
        self.create_subscription(DiagnosticArray, "/diagnostics", self._hear, 10)
        self._end = self.create_timer(value(self, "patience_s"), self._leave)
        self.exit_code: int | None = None

    def _hear(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == value(self, "name"):
                if not self._heard:
                    self._heard = True
                    self.destroy_timer(self._end)
                    self._end = self.create_timer(value(self, "seconds"), self._leave)
                print(json.dumps(values_from_status(status)), flush=True)

    def _leave(self) -> None:
        self.exit_code = 0
