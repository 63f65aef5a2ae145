"""How a command output stands, and whose stream it is; imports control."""

from __future__ import annotations

from dataclasses import dataclass, field

from midp_ros.control.duration_histogram import DurationHistogram

OPENED, CLOSED = "opened", "closed"  # a stream's answers


@dataclass(frozen=True)
class StreamSetup:
    """Of which node a stream of joint targets is, and of what it consists."""

    node: str
    namespace: str
    use_sim_time: bool
    topic: str
    joint_names: list[str]
    rate_hz: float


@dataclass(frozen=True)
class OutputReport:
    """How many controllers listen, and figures since the start; see `control.command_figures`."""

    listeners: int = 0
    response: DurationHistogram = field(default_factory=DurationHistogram)
    jitter: DurationHistogram = field(default_factory=DurationHistogram)
    missed: int = 0
