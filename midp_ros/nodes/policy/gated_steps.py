"""A policy's control steps, each when observations have just come; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node

from midp_ros.control.supervision.observation_gate import LOOK_S, ObservationGate, patience
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.ros.steady_timer import steady_timer


class GatedSteps:
    """Calls at a rate, from now on: for what can be done while the observations are on their way, and for the step.

    Args:
        step_s: between two steps.
    """

    def __init__(
        self,
        node: Node,
        step_s: float,
        observations: PolledObservations,
        prepare: Callable[[], None],
        step: Callable[[], None],
    ):
        self._node, self._observations, self._patience_s = node, observations, patience(step_s)
        self._prepare, self._run = prepare, step
        self._due: ObservationGate | None = None
        self._looks = steady_timer(node, LOOK_S, self._on_look)
        self._looks.cancel()
        self._timer = node.create_timer(step_s, self._on_due)

    def end(self) -> None:
        """No more of them."""
        for timer in (self._timer, self._looks):
            self._node.destroy_timer(timer)

    def _on_due(self) -> None:
        if self._due is not None:
            self._step()
        self._observations.take()
        self._prepare()
        awaited = self._observations.frequent(self._patience_s)
        self._due = ObservationGate(awaited, time.monotonic() + self._patience_s)
        self._looks.reset()
        self._on_look()

    def _on_look(self) -> None:
        if self._due is None:
            return
        if self._due.ready(self._observations.take(), time.monotonic()):
            self._step()
        else:
            self._observations.read()

    def _step(self) -> None:
        self._due = None
        self._looks.cancel()
        self._run()
