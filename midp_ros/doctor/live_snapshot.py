"""Takes a snapshot of a running ROS graph with the doctor's node; imports launching.

The node runs in a process of its own, so that the caller loads no ROS.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

from midp_ros.core.errors import MidpError
from midp_ros.doctor.snapshot import Snapshot
from midp_ros.launching.discovery import local_discovery

START_S = 3.0  # what the node takes besides listening
LOOK_S = 0.1  # between two reports of the progress


class DoctorError(MidpError):
    """The graph could not be looked at."""


def take_snapshot(topics: list[str], seconds: float, progress: Callable[[float], None] = lambda done: None) -> Snapshot:
    """Listens to the graph.

    Args:
        topics: to listen to.
        seconds: how long to listen [s].
        progress: receives the share that is done meanwhile, from 0 to 1.

    Raises:
        DoctorError: the node failed; its last line of output is the reason.
    """
    parameters = ["-p", f"topics:={json.dumps(topics)}", "-p", f"seconds:={seconds}"]
    command = [sys.executable, "-m", "midp_ros.nodes.doctor_node", "--ros-args", *parameters]
    environment = {**os.environ, **local_discovery()}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        output, errors = _wait(process, START_S + seconds, progress)
    if process.returncode:
        reason = errors.strip().splitlines()[-1] if errors.strip() else f"status {process.returncode}"
        raise DoctorError(f"cannot look at the ROS graph: {reason.removeprefix('error: ')}")
    return Snapshot.from_dict(json.loads(output))


def _wait(process: subprocess.Popen[str], expected_s: float, progress: Callable[[float], None]) -> tuple[str, str]:
    start_s = time.monotonic()
    while True:
        try:
            return process.communicate(timeout=LOOK_S)
        except subprocess.TimeoutExpired:
            progress(min(1.0, (time.monotonic() - start_s) / expected_s))
