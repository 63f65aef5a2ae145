"""How a command output stands, and whose stream it is; imports nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass


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
    jitter_p99_s: float = math.nan
    jitter_max_s: float = math.nan
    missed: int = 0
    response_p99_s: float = math.nan
