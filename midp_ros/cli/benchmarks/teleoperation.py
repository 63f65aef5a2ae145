"""`midp bench --teleop`: from a device's message to the command that answers it, over DDS.

Imports launching's discovery only.

Simulation, node teleop and a probe run as processes; the probe is the stick, and reads the controller's topic.
"""

from __future__ import annotations

import json
import subprocess
import time

import numpy as np

from midp_ros.cli.benchmarks.node_process import cpu_s, node_process
from midp_ros.core.errors import MidpError

START_S = 4.0  # until the nodes are there; their start is not what is measured


def teleoperation_figures(minutes: float, rate_hz: float = 100.0) -> dict[str, float]:
    """Percentiles of the time to the command and to the motion in it [ms], and the node's share of a core.

    Raises:
        MidpError: no command answered.
    """
    node = {"task": "reach", "devices": "twist", "rate_hz": rate_hz, "scale": 1.0}
    with (
        node_process("simulation_node", {"task": "reach"}, quiet=True),
        node_process("teleop_node", node, quiet=True) as drives,
    ):
        time.sleep(START_S)
        with node_process("teleop_latency", {"seconds": 60.0 * minutes}, stdout=subprocess.PIPE) as probe:
            assert probe.stdout is not None
            samples, start_s, spent_s = [], time.monotonic(), cpu_s(drives.pid)
            for line in probe.stdout:
                samples.append(json.loads(line))
            if drives.poll() is not None:
                raise MidpError("node teleop has ended")
            share = (cpu_s(drives.pid) - spent_s) / (time.monotonic() - start_s)
    if not samples:
        raise MidpError("teleoperation could not be measured: no command answered the device")
    figures = {"device_samples": float(len(samples)), "teleop_cpu_share": share}
    for name in ("to_command", "to_motion"):
        times_ms = [1e3 * sample[f"{name}_s"] for sample in samples]
        figures |= {f"device_{name}_ms_p{p}": float(np.percentile(times_ms, p)) for p in (50, 99)}
    return figures
