"""How a command output stands, and whose stream it is; imports control."""

from __future__ import annotations

from dataclasses import dataclass, field

from midp_ros.control.timing.duration_histogram import DurationHistogram

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
    velocity_max_rad_s: list[float]
    acceleration_max_rad_s2: list[float]
    jerk_max_rad_s3: list[float]


@dataclass(frozen=True)
class OutputReport:
    """How many controllers listen, and figures since the start; see `control.command_figures`.

    Attributes:
        begun: whether a stream has spoken since it was opened or hushed.
        interrupted_s: for how long a stream was kept from speaking when that was too long to go on [s], else 0; see
            `control.steady_targets`.
    """

    listeners: int = 0
    begun: bool = False
    interrupted_s: float = 0.0
    response: DurationHistogram = field(default_factory=DurationHistogram)
    jitter: DurationHistogram = field(default_factory=DurationHistogram)
    missed: int = 0
