"""Attempts of a policy: when one begins, what goes wrong in it, how it ends; calls the recorder by a strategy.

Imports teleop, conversions and rclpy.
"""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.node import Node

from midp_ros.control import State
from midp_ros.core.errors import ObservationError
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.teleop.strategies import DISCARD, FAILURE, KEEP, START, STOP, SUCCESS, Strategy
from midp_ros.teleop.take_over import CORRECTION

ENDED_BY_HAND = (STOP, KEEP, DISCARD, SUCCESS, FAILURE)
Publish = Callable[..., None]


class Attempts:
    """Follows the loop's state, who drives and, where there is one, the task's status.

    An attempt begins when the policy runs for the first time, when the task was reset, and with the button
    `episode_start`. It ends with the task, or by one of the episode's buttons.

    Args:
        press: calls one of the recorder's services by its event.
        publish: publishes an event by name, with values.
        clock: the node's time [s].
    """

    def __init__(
        self, node: Node, strategy: Strategy, press: Callable[[str], bool], publish: Publish, clock: Callable[[], float]
    ):
        self._strategy, self._press, self._publish, self._clock = strategy, press, publish, clock
        self._state, self._ready, self._episode, self._done = State.WAITING, True, -1, False
        self._subscription = node.create_subscription(DiagnosticStatus, "task/status", self._on_status, 10)

    def look(self, state: State, reason: str) -> None:
        """The loop's state now."""
        before, self._state = self._state, state
        if state is State.RUNNING and self._ready and not self._done and not self._strategy.under_way:
            self._ready = False
            self._call(self._strategy.begins())
        if state is State.HOLDING and before is State.RUNNING:
            self._incident(reason)

    def driver(self, label: str, time_s: float) -> None:
        """Who drives since when [s]."""
        self._publish("segment", label=label, time_s=time_s)
        if label == CORRECTION:
            self._incident("a person took over", time_s)

    def button(self, event: str) -> None:
        """A button of the episode was pressed: the person decides."""
        if event == START:
            self._strategy.begins()
        elif event in ENDED_BY_HAND:
            self._strategy.dropped()

    # --- inside ------------------------------------------------------------------------------------------------------
    def _on_status(self, message: DiagnosticStatus) -> None:
        try:
            report = TaskReport.from_message(message)
        except ObservationError:
            return
        if report.episode != self._episode:
            self._episode, self._ready = report.episode, True
        self._done = report.done
        if report.done and self._strategy.under_way:
            if not report.success:
                self._incident("the task failed")
            self._ready = False
            self._call(self._strategy.ends(report.success))

    def _incident(self, reason: str, time_s: float | None = None) -> None:
        time_s = self._clock() if time_s is None else time_s
        before_s = self._strategy.keep_since_s
        self._strategy.incident(time_s)
        self._publish("incident", reason=reason, time_s=time_s)
        # At once, so that it is recorded however the attempt ends.
        if (since_s := self._strategy.keep_since_s) is not None and before_s is None:
            self._publish("keep_since", time_s=since_s)

    def _call(self, events: list[str]) -> None:
        for event in events:
            self._press(event)
