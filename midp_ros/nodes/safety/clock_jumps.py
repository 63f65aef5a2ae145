"""Jumps of the node's clock, /clock or the wall's; imports control and rclpy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from rclpy.clock import JumpThreshold, TimeJump
from rclpy.duration import Duration
from rclpy.node import Node

from midp_ros.control.supervision.clock_watch import NOTICEABLE_S, ClockWatch, StampWatch
from midp_ros.core.stamp import seconds

JUMPS = JumpThreshold(
    min_forward=Duration(seconds=NOTICEABLE_S), min_backward=Duration(nanoseconds=-1), on_clock_change=False
)


class ClockJumps:
    """Reports a jump of /clock at once, and one of the wall's clock at the next look.

    Args:
        clock: the node's time [s].
        jumped: called with how far it jumped [s]; for one jump perhaps twice.
    """

    def __init__(self, node: Node, clock: Callable[[], float], jumped: Callable[[float], None]):
        self._time_s, self._jumped = clock, jumped
        self._simulated = bool(node.get_parameter("use_sim_time").value)
        self._watch, self._lock = ClockWatch(), threading.Lock()
        self.begin()
        self._handle = node.get_clock().create_jump_callback(JUMPS, post_callback=self._on_jump)

    def begin(self) -> None:
        """Messages from now on are compared with each other."""
        self._stamps = StampWatch()

    def received(self, times_s: Mapping[str, float]) -> None:
        """By the newest messages' stamps, by name, where a jump of /clock may show before /clock itself has come.

        On the wall's clock a sender that lags would look the same.
        """
        if self._simulated and (jump_s := self._stamps.look(times_s)):
            self._jumped(jump_s)

    def look(self) -> bool:
        """Called regularly, on any thread: whether the clock has jumped since the last time."""
        with self._lock:
            jump_s = self._watch.look(self._time_s(), time.monotonic())
        if jump_s:
            self._jumped(jump_s)
        return bool(jump_s)

    def _on_jump(self, jump: TimeJump) -> None:
        jump_s = seconds(jump.delta.nanoseconds)
        if self._time_s() > jump_s:  # that /clock begins is no jump
            self._jumped(jump_s)
