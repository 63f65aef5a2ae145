"""Says that a node waits for /clock, which would otherwise be silence; imports rclpy."""

from __future__ import annotations

import time

from rclpy.node import Node

PATIENCE_S, REPEAT_S = 3.0, 15.0
CLOCK = "/clock"


class ClockWait:
    """Logs what a node with use_sim_time waits for until its clock runs, and a /clock that a node does not use.

    On the steady clock, since nothing that follows the node's clock happens before the first message on /clock.
    """

    def __init__(self, node: Node):
        self._node, self._log = node, node.get_logger()
        self._simulated = bool(node.get_parameter("use_sim_time").value)
        self._warned = self._done = False
        self._next_s = time.monotonic() + PATIENCE_S

    def look(self) -> None:
        """Called regularly."""
        if self._done or time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + REPEAT_S
        if not self._simulated:
            self._look_at_unused()
        elif self._node.get_clock().now().nanoseconds == 0:
            self._warned = True
            self._log.warning(
                f"waiting for {CLOCK}: use_sim_time is true and {self._found()}; start the simulation with its clock "
                "(midp launch sim use_sim_time:=true), or set use_sim_time to false"
            )
        else:
            self._done = True
            if self._warned:
                self._log.info(f"{CLOCK} has begun")

    def _found(self) -> str:
        publishers = [info.node_name for info in self._node.get_publishers_info_by_topic(CLOCK)]
        return f"{', '.join(publishers)} has published no message on it" if publishers else "no node publishes it"

    def _look_at_unused(self) -> None:
        others = {info.node_name for info in self._node.get_publishers_info_by_topic(CLOCK)} - {self._node.get_name()}
        if others:
            self._done = True
            self._log.warning(
                f"{', '.join(sorted(others))} publishes {CLOCK}, but use_sim_time is false here: set it to true, "
                "unless simulated time runs exactly as the wall's"
            )
