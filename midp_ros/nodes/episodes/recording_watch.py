"""What goes wrong while an episode is recorded: silent topics, publishers that leave, jumps of clocks.

Imports recording and rclpy.
"""

from __future__ import annotations

import time

from rclpy.node import Node

from midp_ros.control.supervision.clock_watch import ClockWatch
from midp_ros.core.stamp import NANOSECONDS, seconds
from midp_ros.nodes.episodes.raw_topics import RawTopics
from midp_ros.recording.session import RecordingSession, State

SILENT_S = 1.0
CLOCK_STEP_S = 0.05  # of the wall clock: a step of this size shows in the order of messages


class RecordingWatch:
    """Looks twice a second.

    Args:
        awaited: topics that a silence of is worth a warning.

    Attributes:
        warnings: what is wrong now.
    """

    def __init__(self, node: Node, session: RecordingSession, raw: RawTopics, awaited: set[str]):
        self._node, self._session, self._raw, self._awaited = node, session, raw, awaited
        self._simulated = bool(node.get_parameter("use_sim_time").value)
        self._clock, self._wall_ahead_s = ClockWatch(), time.time() - time.monotonic()
        self._noticed: list[str] = []
        self._started_ns = 0
        self.warnings: list[str] = []

    def begin(self) -> None:
        """An episode starts."""
        self._noticed, self.warnings = [], []
        self._started_ns = self._node.get_clock().now().nanoseconds
        self._look_at_clocks()

    def flags(self) -> list[str]:
        """What was noticed in the episode."""
        return [*self._noticed]

    def look(self) -> None:
        """Looks at topics and clocks, and warns."""
        jump = self._look_at_clocks()
        if self._session.state is not State.RECORDING:
            absent = (name for name in sorted(self._awaited) if not self._raw.publishers[name])
            self.warnings = [f"no publisher on {name}" for name in absent]
            return
        self._raw.count()
        self.warnings = [f"nothing on {name}: {self._why(name)}" for name in sorted(self._silent())]
        for news in [*self.warnings, *([jump] if jump else [])]:
            if news.partition(":")[0] not in {old.partition(":")[0] for old in self._noticed}:
                self._noticed.append(news)
                self._node.get_logger().warning(f"in this episode: {news}")

    def _silent(self) -> list[str]:
        now_ns, silent = self._node.get_clock().now().nanoseconds, []
        for name, count in self._raw.publishers.items():
            figures = self._session.thread.figures[name]
            if count > 1:
                figures.lost = None  # numbers of publication are each publisher's own
            young = now_ns - self._started_ns < SILENT_S * NANOSECONDS
            if name in self._awaited and not young and figures.silence_s(now_ns) > SILENT_S:
                silent.append(name)
        return silent

    def _why(self, name: str) -> str:
        return "its publisher is silent" if self._raw.publishers[name] else "its publisher has left"

    def _look_at_clocks(self) -> str:
        """How the clock has jumped since the last look; empty where it has not."""
        now_ns = self._node.get_clock().now().nanoseconds
        jump_s = self._clock.look(seconds(now_ns), time.monotonic())
        if not self._simulated:
            ahead_s = time.time() - time.monotonic()
            jump_s, self._wall_ahead_s = ahead_s - self._wall_ahead_s, ahead_s
            jump_s = jump_s if abs(jump_s) > CLOCK_STEP_S else 0.0
        return f"the clock jumped by {jump_s:+.2f} s" if jump_s else ""
