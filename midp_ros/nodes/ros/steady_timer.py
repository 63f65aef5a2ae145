"""Timers that run whatever becomes of the node's clock; imports rclpy.

A node with use_sim_time has a clock that stops with the simulation, and a timer on it would never end a wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node


def steady_timer(node: Node, period_s: float, callback: Callable[[], None], group: CallbackGroup | None = None) -> Any:
    """A timer of the node on the steady clock."""
    return node.create_timer(period_s, callback, group, clock=Clock(clock_type=ClockType.STEADY_TIME))


class Deadline:
    """Calls once, unless it is cancelled before; may be set anew.

    Args:
        expired: takes what it was set with.
    """

    def __init__(self, node: Node, expired: Callable[[Any], None]):
        self._node, self._expired = node, expired
        self._timer: Any = None

    def set(self, after_s: float, argument: Any) -> None:
        """From now on; what was set before is cancelled."""
        self.cancel()
        self._timer = steady_timer(self._node, after_s, lambda: self._on_timer(argument))

    def cancel(self) -> None:
        """Nothing is called."""
        if self._timer is not None:
            self._node.destroy_timer(self._timer)
            self._timer = None

    def _on_timer(self, argument: Any) -> None:
        self.cancel()
        self._expired(argument)
