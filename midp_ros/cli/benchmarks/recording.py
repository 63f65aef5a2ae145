"""`midp bench --recording`: recording of `pick` beside the bare physics of the same world; imports simulation.

In each process an episode is recorded. Then its world is only stepped for as many milliseconds, with a limp arm; and
then once more through the recorded motion, with the motors' commands replayed. All three meet the same load. The grasp
makes the difference between the last two: a step with the cube between the fingers takes three times as long.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from midp_ros.cli.workers.sharing import share_out
from midp_ros.core.errors import MidpError

if TYPE_CHECKING:
    from midp_ros.simulation import Engine, Simulation

TASK = "pick"
EPISODES, PROCESSES = 10, 2
FIRST_SEED = 1000
MOTOR_CALLS = ("setJointMotorControlArray", "setJointMotorControl2")  # what the arm and the hand command Bullet by


def recording_figures(episodes: int = EPISODES, processes: int = PROCESSES) -> dict[str, float]:
    """Microseconds that a simulated millisecond takes: recorded, only stepped, and stepped through the same motion.

    `recording_speed_share` is the speed of recording over that of the bare steps, of the sums of wall-clock time over
    all processes; `_cpu` is the same of processor time, and `_of_motion_cpu` over the steps of the same motion.
    """
    seeds = [range(FIRST_SEED, FIRST_SEED + episodes)] * processes
    taken: list[Any] = [row for rows in share_out(_begin, None, seeds, processes) for row in rows]
    simulated_ms, wall_s, cpu_s, bare_wall_s, bare_cpu_s, motion_cpu_s = np.sum(taken, axis=0)
    return {
        "recording_us_per_ms": 1e6 * wall_s / simulated_ms,
        "bare_step_us": 1e6 * bare_wall_s / simulated_ms,
        "recording_speed_share": bare_wall_s / wall_s,
        "recording_cpu_us_per_ms": 1e6 * cpu_s / simulated_ms,
        "bare_step_cpu_us": 1e6 * bare_cpu_s / simulated_ms,
        "motion_step_cpu_us": 1e6 * motion_cpu_s / simulated_ms,
        "recording_speed_share_cpu": bare_cpu_s / cpu_s,
        "recording_speed_share_of_motion_cpu": motion_cpu_s / cpu_s,
    }


def in_words(figures: dict[str, float]) -> str:
    """What the figures mean."""
    return (
        f"`midp record` plays {TASK} {1e3 / figures['recording_us_per_ms']:.1f} times as fast as real time in each of "
        f"{PROCESSES} processes. That is {figures['recording_speed_share']:.0%} of the speed of bare steps with a limp "
        f"arm. In processor time it is {figures['recording_speed_share_cpu']:.0%}, and "
        f"{figures['recording_speed_share_of_motion_cpu']:.0%} of that of Bullet's steps through the same motion."
    )


def _begin(job: None, send: object) -> Callable[[range], list[Any]]:
    return _measured


def _measured(seeds: range) -> list[Any]:
    """For each seed: simulated time [ms], wall and processor time [s] recorded, both bare, the motion's."""
    from midp_ros.cli.recording.players import prepare
    from midp_ros.cli.recording.settings import Settings
    from midp_ros.recording import EpisodeWriter

    taken = []
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
            writer.start(contract, info)
            motion_s = motion_steps_cpu_s(player.simulation, partial(player, seed), seed)
            writer.discard()
            if number > 0:  # the first one warms up
                spent_s = [b - a for a, b in zip((*start, *reset), (*recorded, *end), strict=True)]
                taken.append((milliseconds, *spent_s, motion_s))
    return taken


class MotorCalls:
    """A physics client that notes the commands to the motors, millisecond by millisecond."""

    def __init__(self, engine: Engine):
        self._client, self._step = engine.client, engine.step
        self.calls: list[list[Callable[[], object]]] = [[]]

    def step(self) -> None:
        """Bullet's step; the next millisecond begins."""
        self._step()
        self.calls.append([])

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in MOTOR_CALLS:
            return found

        def noted(*values: Any, **named: Any) -> Any:
            self.calls[-1].append(lambda: found(*values, **named))
            return found(*values, **named)

        return noted


def motion_steps_cpu_s(simulation: Simulation, play: Callable[[], object], seed: int) -> float:
    """Processor time [s] of Bullet's steps alone, through the motion of an episode that is played to note it.

    Raises:
        MidpError: the replayed motion ends elsewhere.
    """
    engine = simulation.engine
    client, step, noted = engine.client, engine.step, MotorCalls(engine)
    engine.client, engine.step = noted, noted.step
    try:
        play()
    finally:
        engine.client, engine.step = client, step
    simulation.arm.read()
    ended_rad = simulation.arm.position_rad
    simulation.reset(seed)
    spent_s = 0.0
    for calls in noted.calls[:-1]:
        for call in calls:
            call()
        begin = process_time()
        step()
        spent_s += process_time() - begin
    simulation.arm.read()
    if not np.array_equal(simulation.arm.position_rad, ended_rad):
        raise MidpError("the replayed motion differs from the recorded one")
    return spent_s
