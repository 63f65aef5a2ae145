"""Description of the machine of a run; imports the standard library only."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Machine:
    """Processor, cores, threads used and the load of the last minute (processes that want a core)."""

    cpu: str
    cores: int
    threads: int
    load: float


def machine(threads: int) -> Machine:
    """The present one."""
    return Machine(_cpu(), os.cpu_count() or 1, threads, round(os.getloadavg()[0], 2))


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
