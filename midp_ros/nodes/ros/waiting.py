"""Says what a node waits for, which would otherwise be silence: /clock, or an answer for long; imports rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node

PATIENCE_S, STILL_S, REPEAT_S = 3.0, 5.0, 15.0
CLOCK = "/clock"
SILENCE_S = 5.0  # of any other wait


class ClockWait:
    """Logs that a node with use_sim_time waits for its clock to begin or to go on, and a /clock that is not used.

    On the steady clock, since nothing that follows the node's clock happens while that stands still.
    """

    def __init__(self, node: Node):
        self._node, self._log = node, node.get_logger()
        self._simulated = bool(node.get_parameter("use_sim_time").value)
        self._warned = self._unused = False
        self._clock_ns, self._moved_s = 0, time.monotonic()
        self._next_s = self._moved_s + PATIENCE_S

    def look(self) -> None:
        """Called regularly."""
        if self._simulated:
            self._look_at_clock()
        elif not self._unused and time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + REPEAT_S
            self._look_at_unused()

    def _look_at_clock(self) -> None:
        now_s, clock_ns = time.monotonic(), self._node.get_clock().now().nanoseconds
        if clock_ns != self._clock_ns:
            if self._warned:
                self._log.info(f"{CLOCK} {'goes on' if self._clock_ns else 'has begun'}")
            self._clock_ns, self._moved_s, self._warned = clock_ns, now_s, False
            self._next_s = now_s + STILL_S
        elif now_s >= self._next_s:
            self._next_s, self._warned = now_s + REPEAT_S, True
            self._log.warning(self._waiting(now_s))

    def _waiting(self, now_s: float) -> str:
        if self._clock_ns:
            return f"waiting for {CLOCK}: it has stood still for {now_s - self._moved_s:.0f} s; {self._found()}"
        return (
            f"waiting for {CLOCK}: use_sim_time is true and {self._found()}; start the simulation with its clock "
            "(midp launch sim use_sim_time:=true), or set use_sim_time to false"
        )

    def _found(self) -> str:
        publishers = [info.node_name for info in self._node.get_publishers_info_by_topic(CLOCK)]
        return f"{', '.join(publishers)} has published no message on it" if publishers else "no node publishes it"

    def _look_at_unused(self) -> None:
        others = {info.node_name for info in self._node.get_publishers_info_by_topic(CLOCK)} - {self._node.get_name()}
        if others:
            self._unused = True
            self._log.warning(
                f"{', '.join(sorted(others))} publishes {CLOCK}, but use_sim_time is false here: set it to true, "
                "unless simulated time runs exactly as the wall's"
            )


class LongWait:
    """One wait, on the steady clock.

    Args:
        warn: logs a text.
        text: what is waited for; empty: nothing is said.
    """

    def __init__(self, warn: Callable[[str], object], text: str):
        self._warn, self._text = warn, text
        self._begun_s, self._said = time.monotonic(), False

    @property
    def waited_s(self) -> float:
        """Since it began."""
        return time.monotonic() - self._begun_s

    def look(self) -> None:
        """Called regularly while it lasts."""
        if self._text and not self._said and self.waited_s > SILENCE_S:
            self._said = True
            self._warn(self._text)
