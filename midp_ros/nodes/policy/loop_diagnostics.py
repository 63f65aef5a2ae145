"""/diagnostics of a policy's loop: how fast, how regularly, and why it holds; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node
from rclpy.publisher import Publisher

from midp_ros.control import Jitter, PolicyRunner, State
from midp_ros.control.timing.duration_histogram import DurationHistogram
from midp_ros.core.protocols import Policy
from midp_ros.nodes.commands.command_output import CommandOutput
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.ros.status_conversions import diagnostics_message, runner_status_message
from midp_ros.nodes.safety.active_watch import ActiveWatch

PARAMETERS = (Parameter("diagnostic_counts", False, "say in /diagnostics what the percentiles are of, too"),)

PERIOD_S, SHORTEST_COUNT_S = 1.0, 0.5
LATE = "a trajectory came late or not at all: for a while the arm moves from rest to rest, about one chunk a second"
IN_TIME = "no trajectory came late for a while: how quickly they come is measured again"


class LoopDiagnostics:
    """Gathers the figures of one activation and publishes them every second; those of chunks go on with the next.

    Args:
        topic: of /diagnostics.
        chunks: latencies of the chunks since the node was configured; receives those of this activation.
        clock: the node's time [s].
    """

    def __init__(
        self,
        node: Node,
        topic: Publisher,
        watch: ActiveWatch,
        policy: Policy,
        runner: PolicyRunner,
        output: CommandOutput,
        chunks: DurationHistogram,
        clock: Callable[[], float],
    ):
        self._node, self._topic, self._watch, self._runner, self._output = node, topic, watch, runner, output
        self._chunks, self._clock, self._log = chunks, clock, node.get_logger()
        self._streams, self._counts = value(node, "output") == "stream", value(node, "diagnostic_counts")
        self._provider = getattr(policy, "provider", "unknown")
        self._steps = Jitter(policy.contract.step_s)
        self._published_s = self._observed_s = self._asked_s = self._sent_s = float("nan")
        self._late = False
        self._counted_s, self._counted, self._rate_hz = time.monotonic(), 0, float("nan")
        # Half-way between two control steps, so that no chunk has to wait for it.
        self._timer = node.create_timer(policy.contract.step_s / 2, self._begin)

    def end(self) -> None:
        """The activation is over."""
        self._node.destroy_timer(self._timer)

    def stepped(self, published_s: float) -> None:
        """A control step begins, with observations of which the newest was published at a wall time [s]."""
        self._steps.beat(time.monotonic())
        self._published_s = published_s

    def asked(self) -> None:
        """This control step asks for a chunk."""
        self._asked_s = time.monotonic()
        self._observed_s = self._published_s
        self._runner.stages.add("delivery", time.time() - self._published_s)

    def answered(self) -> float:
        """The chunk's trajectory is ready to be sent; when the newest observation behind it was published [s]."""
        self._chunks.add(time.monotonic() - self._asked_s)
        self._sent_s = self._clock()
        return self._observed_s

    def tell(self, state: State, reason: str) -> None:
        """Publishes news at once, and logs it."""
        if state is State.RUNNING:
            self._log.info("running")
        elif state is State.WAITING:
            self._log.info(f"waiting: {reason}")
        else:
            self._log.warning(f"holding the arm: {reason}")
        self.publish()

    def publish(self) -> None:
        """Publishes how the loop stands."""
        output, loop = self._output.report, self._runner.status()
        if loop.late is not self._late:
            self._late = loop.late
            self._log.warning(LATE) if loop.late else self._log.info(IN_TIME)
        values: dict[str, object] = {
            **self._watch.values(),
            **self._runner.stages.values(),
            "chunk_rate_hz": self._chunk_rate_hz(loop.chunks),
            "chunk_age_s": self._clock() - self._sent_s,
            "chunk_latency_p50_s": self._chunks.percentile_s(50.0),
            "chunk_latency_p99_s": self._chunks.percentile_s(99.0),
            "observation_to_command_p99_s": output.response.percentile_s(99.0),
            "provider": self._provider,
            "control_step_jitter_p99_s": self._steps.jitter.percentile_s(99.0),
            "missed_control_steps": self._steps.missed,
        }
        if self._streams:
            values |= {
                "stream_jitter_p99_s": output.jitter.percentile_s(99.0),
                "stream_jitter_max_s": output.jitter.max_s,
                "missed_stream_deadlines": output.missed,
            }
        if self._counts:
            values |= {
                "observation_to_command_counts": output.response.text(),
                "stream_jitter_counts": output.jitter.text(),
            }
        status = runner_status_message(self._node.get_fully_qualified_name(), loop, values)
        self._topic.publish(diagnostics_message(status, self._clock()))

    def _begin(self) -> None:
        self._node.destroy_timer(self._timer)
        self._timer = self._node.create_timer(PERIOD_S, self.publish)

    def _chunk_rate_hz(self, chunks: int) -> float:
        """Over the time between two regular messages; news in between would be too short a time."""
        passed_s = time.monotonic() - self._counted_s
        if passed_s > SHORTEST_COUNT_S:
            self._rate_hz = max(0, chunks - self._counted) / passed_s  # an episode starts at zero
            self._counted_s, self._counted = time.monotonic(), chunks
        return self._rate_hz
