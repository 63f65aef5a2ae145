"""How punctually commands leave; imports control."""

from __future__ import annotations

import time

from midp_ros.control.timing.duration_histogram import DurationHistogram
from midp_ros.control.timing.jitter import Jitter


class CommandTiming:
    """Counts every command that leaves, whether it belongs to a stream or is a trajectory.

    Args:
        period_s: of a stream [s].

    Attributes:
        stream: how regular the stream is, from departure to departure.
        response: how long observations take to have an effect: from the publication of the newest one that a chunk
            was computed from to the departure of the first command computed from that chunk.
    """

    def __init__(self, period_s: float):
        self.stream, self.response = Jitter(period_s), DurationHistogram()

    def departed(self, observed_s: float | None, missed: int = 0) -> None:
        """A command has just left.

        Args:
            observed_s: when the observation was published by the wall clock [s], for the first command of a chunk.
            missed: deadlines of the stream that passed before it.
        """
        self.stream.beat(time.monotonic(), missed)
        if observed_s is not None:
            self.response.add(max(0.0, time.time() - observed_s))

    def silent(self) -> None:
        """The stream has nothing to publish for a while."""
        self.stream.pause()
