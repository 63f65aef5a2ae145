"""Reports of a running policy that `midp bench` receives, with the machine's load meanwhile; imports control."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from midp_ros.cli.benchmarks.node_process import cpu_s, machine_s, resident_mb, with_children
from midp_ros.control.timing.duration_histogram import DurationHistogram

WINDOW_S = 5.0  # which is judged as one; long against a chunk, short against how long neighbours are busy
QUIET_SHARE = 0.002  # of the cores: a window of 5 s on 2 cores may lose 20 ms, two ticks of the kernel's count


@dataclass(frozen=True)
class Moment:
    """A report, and the machine when it was received."""

    time_s: float
    had_s: float
    stolen_s: float
    spent_s: float
    values: Mapping[str, str]

    @property
    def response(self) -> DurationHistogram:
        return DurationHistogram.from_text(self.values.get("observation_to_command_counts", ""))

    @property
    def jitter(self) -> DurationHistogram:
        return DurationHistogram.from_text(self.values.get("stream_jitter_counts", ""))

    @property
    def missed(self) -> int:
        return int(self.values.get("missed_stream_deadlines", 0))

    def stolen_share_since(self, earlier: Moment) -> float:
        """What a hypervisor gave to others, of all cores."""
        return (self.stolen_s - earlier.stolen_s) / max(self.had_s - earlier.had_s, 1e-9)


@dataclass
class Quiet:
    """Figures of all windows in which nothing was stolen."""

    lasted_s: float = 0.0
    response: DurationHistogram = field(default_factory=DurationHistogram)
    jitter: DurationHistogram = field(default_factory=DurationHistogram)
    missed: int = 0


class LoopLog:
    """Reports of one run, in order.

    Args:
        pid: of the policy's process.
    """

    def __init__(self, pid: int):
        self._pid, self._memory_mb = pid, 0.0
        self._moments: list[Moment] = []

    def add(self, values: Mapping[str, str]) -> None:
        """Adds a report that was just received."""
        processes = with_children(self._pid)
        self._memory_mb = max(self._memory_mb, sum(map(resident_mb, processes)))
        self._moments.append(Moment(time.monotonic(), *machine_s(), sum(map(cpu_s, processes)), values))

    @property
    def values(self) -> Mapping[str, str]:
        """The newest report; empty before the first."""
        return self._moments[-1].values if self._moments else {}

    def cost(self) -> dict[str, float]:
        """Highest resident memory [MB] and share of a core of the policy with its stream, and what was stolen."""
        first, last = self._moments[0], self._moments[-1]
        share = (last.spent_s - first.spent_s) / max(last.time_s - first.time_s, 1e-9)
        stolen = last.stolen_share_since(first)
        return {"policy_rss_mb": self._memory_mb, "policy_cpu_share": share, "stolen_share": stolen}

    def quiet(self) -> Quiet:
        """Of the windows in which nothing was stolen."""
        found = Quiet()
        for earlier, later in pairwise(self._window_ends()):
            if later.stolen_share_since(earlier) <= QUIET_SHARE:
                found.lasted_s += later.time_s - earlier.time_s
                found.response += later.response - earlier.response
                found.jitter += later.jitter - earlier.jitter
                found.missed += later.missed - earlier.missed
        return found

    def _window_ends(self) -> list[Moment]:
        ends: list[Moment] = []
        for moment in self._moments:
            if not ends or moment.time_s >= ends[-1].time_s + WINDOW_S - 0.5:  # reports come every second
                ends.append(moment)
        return ends
