"""`midp bench`: the policy's loop over DDS while it works; imports control and launching.

Simulation, policy and evaluation run as processes, episode after episode: first with the default output, whole
trajectories, then with the policy streaming joint targets. The policy's own /diagnostics contain its
regularity and speed.
"""

from __future__ import annotations

import json
import subprocess
from math import isnan, nan
from pathlib import Path

from midp_ros.cli.benchmarks.loop_log import LoopLog
from midp_ros.cli.benchmarks.node_process import node_process
from midp_ros.control.loop.latency_profile import STAGES
from midp_ros.core.errors import MidpError

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
    Names that begin with `quiet_` are of the moments in which it took nothing, `loop_log.WINDOW_S` each.
    """
    logs = {output: _run(model, output, 30.0 * minutes, stream_rate_hz) for output in FIGURES}
    found = {
        name: factor * float(logs[output].values.get(key, nan))
        for output, figures in FIGURES.items()
        for name, (key, factor) in figures.items()
    }
    quiet = {output: log.quiet() for output, log in logs.items()}
    response, stream = quiet["trajectory"].response, quiet["stream"]
    costs = [log.cost() for log in logs.values()]
    return (
        found
        | {name: max(cost[name] for cost in costs) for name in costs[0]}
        | {
            "quiet_trajectory_minutes": quiet["trajectory"].lasted_s / 60.0,
            "quiet_observation_to_command_ms_p99": MILLISECONDS * response.percentile_s(99.0),
            "quiet_stream_minutes": stream.lasted_s / 60.0,
            "quiet_stream_jitter_ms_p99": MILLISECONDS * stream.jitter.percentile_s(99.0),
            "quiet_stream_jitter_ms_max": MILLISECONDS * stream.jitter.max_s,
            "quiet_missed_deadlines": float(stream.missed),
        }
    )


def _run(model: Path, output: str, lasts_s: float, stream_rate_hz: float) -> LoopLog:
    """Reports of the policy over this time, and what it cost."""
    policy = {
        "model": model.resolve(), "output": output, "stream_rate_hz": stream_rate_hz,
        "autostart": "false", "diagnostic_counts": "true",
    }  # fmt: skip
    follows = {"controller": "stream"} if output == "stream" else {}
    with (
        node_process("simulation_node", {"task": "pick", **follows}, quiet=True),
        node_process("policy_node", policy, quiet=True) as runs,
        node_process("evaluation_node", {"task": "pick", "episodes": 1_000_000}, quiet=True),
        node_process("diagnostics_listener", {"seconds": lasts_s}, quiet=True, stdout=subprocess.PIPE) as listener,
    ):
        assert listener.stdout is not None
        log = LoopLog(runs.pid)
        for line in listener.stdout:  # the first when the policy has been activated
            try:
                log.add(json.loads(line))
            except OSError:
                raise BenchError("the policy's process has ended") from None
    if isnan(float(log.values.get("chunk_latency_p50_s", nan))):
        raise BenchError(f"the policy did not run: {log.values.get('hold_reason') or 'no report was received'}")
    return log
