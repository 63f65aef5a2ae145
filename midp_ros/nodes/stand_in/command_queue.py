"""Commands in order of their times of effect, as in a control loop at 1 kHz; imports simulation and rclpy."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from midp_ros.core.stamp import seconds
from midp_ros.nodes.ros.callback_groups import LeftAlone
from midp_ros.simulation import Simulation
from midp_ros.simulation.engine import PHYSICS_RATE_HZ

ROUNDING_CYCLES = 1e-6
LONGEST_TRANSIT_NS = 500_000_000


class CommandQueue:
    """Keeps the commands from topics until the simulation reaches the moment at which they were sent.

    The executor may be late, and physics advances in slices; without this a command would act up to a slice too early
    or too late, and a trajectory that has begun already could appear to begin in the future.

    Args:
        arrival: from the wall time of a reception to the simulation's time [s]; negative before the episode.
    """

    def __init__(self, node: Node, simulation: Simulation, arrival: Callable[[float], float]):
        self._node, self._simulation, self._arrival = node, simulation, arrival
        self._subscriptions: list[tuple[Any, Callable[[Any, Any], None]]] = []
        self._waiting: list[tuple[float, Callable[[Any], None], Any]] = []

    def subscribe(self, kind: Any, topic: str, act: Callable[[Any], None], depth: int) -> None:
        """Calls `act` with each message of a topic when its time has come."""

        def keep(message: Any, info: Any) -> None:
            arrival_s = self._arrival(seconds(_received_ns(info)))
            if arrival_s >= 0.0:  # else it was on its way while the episode was reset
                self._waiting.append((arrival_s, act, message))

        subscription = self._node.create_subscription(
            kind, topic, lambda message: None, depth, callback_group=LeftAlone()
        )
        self._subscriptions.append((subscription, keep))

    def clear(self) -> None:
        """Forgets all received commands."""
        self._take()
        self._waiting = []

    def advance(self, duration_s: float) -> None:
        """Advances the simulation, with the commands of this time."""
        self._take()
        simulation = self._simulation
        end_s = simulation.time_s + duration_s
        self._waiting.sort(key=lambda command: command[0])
        while self._waiting:
            until_s = _next_cycle_s(self._waiting[0][0])
            if until_s > end_s + ROUNDING_CYCLES / PHYSICS_RATE_HZ:
                break
            simulation.advance(until_s - simulation.time_s)
            _, act, message = self._waiting.pop(0)
            act(message)
        simulation.advance(end_s - simulation.time_s)

    def _take(self) -> None:
        """Takes received messages from the middleware."""
        for subscription, keep in self._subscriptions:
            while (taken := subscription.handle.take_message(subscription.msg_type, False)) is not None:
                keep(*taken)


def _received_ns(info: Any) -> int:
    """The time at which a control box, which is never busy as this machine may be, would have received a message.

    This is the time at which it was sent, unless the clocks of two machines differ. Cyclone DDS leaves the time of
    arrival at zero.
    """
    received_ns = int(info["received_timestamp"] or time.time_ns())
    sent_ns = int(info["source_timestamp"] or received_ns)
    return sent_ns if 0 <= received_ns - sent_ns < LONGEST_TRANSIT_NS else received_ns


def _next_cycle_s(time_s: float) -> float:
    return math.ceil(time_s * PHYSICS_RATE_HZ - ROUNDING_CYCLES) / PHYSICS_RATE_HZ
