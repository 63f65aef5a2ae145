"""`midp bench`: how fast the parts are on this machine, as JSON, with its load."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Annotated

import numpy as np
import typer


def bench(
    model: Annotated[Path | None, typer.Option(help="ONNX model to time; by default models/pick.onnx.")] = None,
    stand_in: Annotated[
        bool, typer.Option(help="Measure the simulation node's topics instead; takes 2 minutes.")
    ] = False,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Measure simulation speed, inverse kinematics and chunk latency, one core each; or the stand-in's topics."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from rich.console import Console
    from rich.table import Table

    from midp_ros.cli.bench_stand_in import stand_in_figures
    from midp_ros.core.share import share_path

    figures: dict[str, float] = {"load_average_1min": os.getloadavg()[0], "cores": float(os.cpu_count() or 0)}
    if stand_in:
        figures |= stand_in_figures()
    else:
        figures |= simulation_speed("reach") | simulation_speed("pick") | inverse_kinematics()
        figures |= chunk_latency(model or share_path("models", "pick.onnx"))
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4g}")
    Console().print(table)
    if json_path:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(figures, indent=1) + "\n")


def simulation_speed(task: str, episodes: int = 3) -> dict[str, float]:
    """Simulated seconds per second: the stepping alone while the expert acts, and whole episodes with the expert."""
    from midp_ros.core.contract import Contract
    from midp_ros.core.share import share_path
    from midp_ros.expert import make_expert
    from midp_ros.simulation import Simulation, rollout

    class Timed(Simulation):
        stepping_s = 0.0

        def advance(self, duration_s: float) -> np.ndarray:
            start = perf_counter()
            desired = super().advance(duration_s)
            self.stepping_s += perf_counter() - start
            return desired

    expert = make_expert(task, Contract.load(share_path("config", "contracts", f"{task}.yaml")))
    simulation = Timed(task)
    start, simulated_s = perf_counter(), 0.0
    for seed in range(episodes):
        simulated_s += rollout(simulation, expert, seed).duration_s
    return {
        f"{task}_simulation_times_real_time": simulated_s / simulation.stepping_s,
        f"{task}_expert_episode_times_real_time": simulated_s / (perf_counter() - start),
    }


def inverse_kinematics(poses: int = 1000, time_limit_s: float = 0.02) -> dict[str, float]:
    """Share of reachable random poses solved within the time limit, and the time it took."""
    from midp_ros.kinematics import ArmModel, InverseKinematics

    model = ArmModel("fr3")
    solver = InverseKinematics(model, max_attempts=1000, time_limit_s=time_limit_s)
    rng = np.random.default_rng(0)
    low, high = model.profile.position_min_rad, model.profile.position_max_rad
    targets = [model.forward(rng.uniform(low, high)) for _ in range(poses)]
    times_ms, solved = [], 0
    for seed, target in enumerate(targets):
        start = perf_counter()
        solved += solver.solve(target, seed=seed).converged
        times_ms.append(1e3 * (perf_counter() - start))
    return {
        "ik_success_rate": solved / poses,
        "ik_ms_p50": float(np.percentile(times_ms, 50)),
        "ik_ms_p99": float(np.percentile(times_ms, 99)),
    }


def chunk_latency(model: Path, chunks: int = 200) -> dict[str, float]:
    """Time from a window to a chunk, one thread."""
    from midp_ros.core.window import ObservationWindow
    from midp_ros.inference.onnx_policy import OnnxPolicy

    policy = OnnxPolicy(model, threads=1)
    policy.reset(0)
    window = ObservationWindow(policy.contract)
    rng = np.random.default_rng(0)
    for step in range(2):
        window.push(0.1 * step, rng.normal(0.0, 0.3, policy.contract.observation_size))
    times_ms = _time_each(lambda: policy.act(window), chunks)
    return {"chunk_ms_p50": float(np.percentile(times_ms, 50)), "chunk_ms_p99": float(np.percentile(times_ms, 99))}


def _time_each(call: Callable[[], object], times: int) -> list[float]:
    for _ in range(5):
        call()
    taken_ms = []
    for _ in range(times):
        start = perf_counter()
        call()
        taken_ms.append(1e3 * (perf_counter() - start))
    return taken_ms
