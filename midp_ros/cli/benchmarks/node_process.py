"""The package's nodes as processes for `midp bench`, and what they cost; imports launching's discovery only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any


@contextmanager
def node_process(
    node: str,
    parameters: Mapping[str, object],
    quiet: bool = False,
    remaps: Mapping[str, str] = MappingProxyType({}),
    **options: Any,
) -> Iterator[subprocess.Popen[str]]:
    """`midp_ros.nodes.<node>` with parameters; interrupted at the end.

    Args:
        quiet: drop what it logs.
        remaps: other names of its topics.
    """
    from midp_ros.launching import local_discovery

    command = [sys.executable, "-m", f"midp_ros.nodes.{node}", "--ros-args"]
    command += [part for name, value in parameters.items() for part in ("-p", f"{name}:={value}")]
    command += [part for name, other in remaps.items() for part in ("-r", f"{name}:={other}")]
    environment = {**os.environ, **local_discovery(), "OMP_NUM_THREADS": "1"}
    errors = subprocess.DEVNULL if quiet else None
    with subprocess.Popen(command, env=environment, stderr=errors, text=True, **options) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)


def cpu_share(pid: int, duration_s: float) -> float:
    """Share of one core that a process takes while one waits."""
    start_s, spent_s = time.monotonic(), cpu_s(pid)
    time.sleep(duration_s)
    return (cpu_s(pid) - spent_s) / (time.monotonic() - start_s)


def cpu_s(pid: int) -> float:
    """Processor time [s] that a process has taken: proc(5), utime and stime."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_s() -> tuple[float, float]:
    """Time [s] of all cores since the start, and what of it a hypervisor gave to others: proc(5), steal."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(ticks) / os.sysconf("SC_CLK_TCK"), ticks[7] / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Resident memory of a process [MB]."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def with_children(pid: int) -> list[int]:
    """A process and those that it started."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
