"""`midp bench`: the policy's loop over DDS while it works; imports control and launching.

Simulation, policy and evaluation run as processes, episode after episode: first with the default output, whole
trajectories, then with the policy streaming joint targets. The policy's own /diagnostics says how regular and how fast
it was.
"""

from __future__ import annotations

import json
import subprocess
import time
from math import isnan, nan
from pathlib import Path

import numpy as np

from midp_ros.cli.node_process import cpu_s, machine_s, node_process, resident_mb, with_children
from midp_ros.control.stage_times import STAGES
from midp_ros.core.errors import MidpError

SAMPLES = 5  # of the memory, the highest counts
MILLISECONDS = 1e3
# For each output: from what /diagnostics calls them, and the factor between.
FIGURES = {
    "trajectory": {
        "observation_to_command_ms_p99": ("observation_to_command_p99_s", MILLISECONDS),
        "loop_chunk_ms_p50": ("chunk_latency_p50_s", MILLISECONDS),
        "loop_chunk_ms_p99": ("chunk_latency_p99_s", MILLISECONDS),
        **{f"{s}_ms_p{p}": (f"{s}_p{p}_s", MILLISECONDS) for s in STAGES for p in (50, 99)},
        "missed_control_steps": ("missed_control_steps", 1.0),
    },
    "stream": {
        "stream_jitter_ms_p99": ("stream_jitter_p99_s", MILLISECONDS),
        "stream_jitter_ms_max": ("stream_jitter_max_s", MILLISECONDS),
        "missed_deadlines": ("missed_stream_deadlines", 1.0),
        "observation_to_stream_ms_p99": ("observation_to_command_p99_s", MILLISECONDS),
    },
}


class BenchError(MidpError):
    """The loop could not be measured."""


def loop_figures(model: Path, minutes: float, stream_rate_hz: float) -> dict[str, float]:
    """Figures of commands, stream, response and the policy's processes, half of so many minutes with each output.

    Memory and shares are the higher ones of the two; `stolen_share` is what a hypervisor took from the cores meanwhile.
    """
    found: dict[str, float] = {}
    costs = []
    for output, figures in FIGURES.items():
        values, cost = _run(model, output, 30.0 * minutes, stream_rate_hz)
        found |= {name: factor * float(values.get(key, nan)) for name, (key, factor) in figures.items()}
        costs.append(cost)
    return found | {name: max(cost[name] for cost in costs) for name in costs[0]}


def _run(model: Path, output: str, lasts_s: float, stream_rate_hz: float) -> tuple[dict[str, str], dict[str, float]]:
    """What the policy says of itself after so long, and what it cost."""
    policy = {"model": model.resolve(), "output": output, "stream_rate_hz": stream_rate_hz, "autostart": "false"}
    follows = {"controller": "stream"} if output == "stream" else {}
    with (
        node_process("simulation_node", {"task": "pick", **follows}, quiet=True),
        node_process("policy_node", policy, quiet=True) as runs,
        node_process("evaluation_node", {"task": "pick", "episodes": 1_000_000}, quiet=True),
        node_process("diagnostics_listener", {"seconds": lasts_s}, quiet=True, stdout=subprocess.PIPE) as told,
    ):
        assert told.stdout is not None
        first = json.loads(told.stdout.readline() or "{}")  # when the policy has been activated
        cost = _watch(runs, told, lasts_s) if first else {}
        values = json.loads(told.communicate()[0].strip() or "{}")
    if isnan(float(values.get("chunk_latency_p50_s", nan))):
        raise BenchError(f"the policy did not run: {values.get('hold_reason') or 'nothing heard of it'}")
    return values, cost


def _watch(runs: subprocess.Popen[str], told: subprocess.Popen[str], lasts_s: float) -> dict[str, float]:
    """Memory and processor time of the policy with its stream while the listener listens."""
    start_s, spent_s, memory_mb = time.monotonic(), _spent_s(runs), []
    before_s = machine_s()
    for _ in range(SAMPLES):
        _wait(told, 0.9 * lasts_s / SAMPLES)
        memory_mb.append(sum(map(resident_mb, with_children(runs.pid))))
    share = (_spent_s(runs) - spent_s) / (time.monotonic() - start_s)
    had_s, stolen_s = np.subtract(machine_s(), before_s)
    return {"policy_rss_mb": max(memory_mb), "policy_cpu_share": share, "stolen_share": float(stolen_s / had_s)}


def _spent_s(process: subprocess.Popen[str]) -> float:
    return sum(map(cpu_s, with_children(process.pid)))


def _wait(process: subprocess.Popen[str], duration_s: float) -> None:
    """Returns after the duration, or as soon as the process has ended."""
    try:
        process.wait(duration_s)
    except subprocess.TimeoutExpired:
        return
