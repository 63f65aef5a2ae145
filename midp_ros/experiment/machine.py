"""Description of the machine of a run; imports the standard library only."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any


def machine(threads: int) -> dict[str, Any]:
    """Processor, cores, threads used and the load of the last minute (processes that want a core); plain data."""
    return {"cpu": _cpu(), "cores": os.cpu_count(), "threads": threads, "load": round(os.getloadavg()[0], 2)}


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
