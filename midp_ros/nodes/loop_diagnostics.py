"""/diagnostics of a policy's loop: how fast, how regularly, and why it holds; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node

from midp_ros.control import PolicyRunner, Regularity, State
from midp_ros.core.protocols import Policy
from midp_ros.nodes.command_output import CommandOutput
from midp_ros.nodes.conversions import diagnostics_message, runner_status_message
from midp_ros.nodes.watchdog import Watchdog


class LoopDiagnostics:
    """Gathers the figures of one activation.

    Args:
        clock: the node's time [s].
    """

    def __init__(self, node: Node, watchdog: Watchdog, clock: Callable[[], float]):
        self._name, self._watchdog, self._clock = node.get_fully_qualified_name(), watchdog, clock
        self._log = node.get_logger()
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 1)

    def begin(self, policy: Policy, runner: PolicyRunner, output: CommandOutput) -> None:
        """A new activation."""
        self._runner, self._output = runner, output
        self._provider = getattr(policy, "provider", "unknown")
        self._steps = Regularity(policy.contract.step_s)
        self._sent_s = float("nan")

    def stepped(self) -> None:
        """A control step begins."""
        self._steps.beat(time.monotonic())

    def sent(self) -> None:
        """A chunk's trajectory has been sent."""
        self._sent_s = self._clock()

    def tell(self, state: State, reason: str) -> None:
        """Says news at once, in the log, too."""
        if state is State.RUNNING:
            self._log.info("running")
        elif state is State.WAITING:
            self._log.info(f"waiting: {reason}")
        else:
            self._log.warning(f"holding the arm: {reason}")
        self.publish()

    def publish(self) -> None:
        """Says how the loop stands."""
        values: dict[str, object] = {
            **self._watchdog.values(),
            "chunk_age_s": self._clock() - self._sent_s,
            "provider": self._provider,
            "control_step_jitter_p99_s": self._steps.jitter_p99_s,
            "missed_control_steps": self._steps.missed,
        }
        if (stream := self._output.regularity) is not None:
            values |= {"stream_jitter_p99_s": stream.jitter_p99_s, "missed_stream_deadlines": stream.missed}
        status = runner_status_message(self._name, self._runner.status(), values)
        self._publisher.publish(diagnostics_message(status, self._clock()))
