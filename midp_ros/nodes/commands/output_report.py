"""How a command output stands, and which node's stream it is; imports control and rclpy."""

from __future__ import annotations

from dataclasses import dataclass, field

from rclpy.duration import Duration

from midp_ros.control.timing.duration_histogram import DurationHistogram

OPENED, CLOSED = "opened", "closed"  # a stream's answers
DELIVERY = Duration(seconds=0.8)  # for a last message to arrive at a controller that stalls for that long


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
    """How many controllers listen, and figures since the start; see `control.streaming.command_timing`.

    Attributes:
        participant: the process in the graph that streams; empty where the node itself publishes, and not yet known.
        begun: whether a stream has published since it was opened or hushed.
        interrupted_s: for how long a stream was kept from publishing when that was too long to go on [s], else 0; see
            `control.streaming.setpoint_stream`.
    """

    listeners: int = 0
    participant: bytes = b""
    begun: bool = False
    interrupted_s: float = 0.0
    response: DurationHistogram = field(default_factory=DurationHistogram)
    jitter: DurationHistogram = field(default_factory=DurationHistogram)
    missed: int = 0
