"""`midp bench --recording`: recording of `pick` beside the bare physics of the same world; imports simulation.

In each process an episode is recorded, and then its world is only stepped for as many milliseconds: both kinds of work
meet the same load.
"""

from __future__ import annotations

import tempfile
from multiprocessing.connection import Connection
from time import perf_counter, process_time
from typing import Any

import numpy as np

from midp_ros.cli.evaluation.side_by_side import Ended, side_by_side
from midp_ros.core.errors import MidpError

TASK = "pick"
EPISODES, PROCESSES = 10, 2
FIRST_SEED = 1000


def recording_figures(episodes: int = EPISODES, processes: int = PROCESSES) -> dict[str, float]:
    """Microseconds that a simulated millisecond takes, recorded and only stepped, and how these compare.

    `recording_speed_share` is the speed of recording over that of the bare steps, of the sums of wall-clock time over
    all processes; `_cpu` is the same of processor time.
    """
    taken: list[Any] = []
    for _, message in side_by_side(_measure, [range(FIRST_SEED, FIRST_SEED + episodes)] * processes, processes):
        if isinstance(message, Ended):
            if message.exit_code:
                raise MidpError(f"a process of the recording's measurement ended with status {message.exit_code}")
        else:
            taken.append(message)
    simulated_ms, wall_s, cpu_s, bare_wall_s, bare_cpu_s = np.sum(taken, axis=0)
    return {
        "recording_us_per_ms": 1e6 * wall_s / simulated_ms,
        "bare_step_us": 1e6 * bare_wall_s / simulated_ms,
        "recording_speed_share": bare_wall_s / wall_s,
        "recording_cpu_us_per_ms": 1e6 * cpu_s / simulated_ms,
        "bare_step_cpu_us": 1e6 * bare_cpu_s / simulated_ms,
        "recording_speed_share_cpu": bare_cpu_s / cpu_s,
    }


def _measure(seeds: range, connection: Connection) -> None:
    """Sends, for each seed: simulated time [ms], wall and processor time [s] recorded, and both bare."""
    from midp_ros.cli.recording.settings import Settings, prepare
    from midp_ros.recording import EpisodeWriter

    settings = Settings(TASK, "fr3", TASK, disturb_m=0.015, gripper_start_s=0.8, keep_failed=True)
    contract, info = settings.agreed, settings.info
    with tempfile.TemporaryDirectory() as folder:
        writer = EpisodeWriter(folder)
        player = prepare(settings, writer)
        for number, seed in enumerate((seeds[0], *seeds)):
            start = perf_counter(), process_time()
            writer.start(contract, {**info, "seed": seed})
            result = player(seed)
            writer.finish({"success": result.success, "duration_s": result.duration_s})
            recorded = perf_counter(), process_time()
            player.simulation.reset(seed)
            step, milliseconds = player.simulation.engine.step, round(1000 * result.duration_s)
            reset = perf_counter(), process_time()
            for _ in range(milliseconds):
                step()
            end = perf_counter(), process_time()
            if number > 0:  # the first one warms up
                spent_s = [b - a for a, b in zip((*start, *reset), (*recorded, *end), strict=True)]
                connection.send((milliseconds, *spent_s))
