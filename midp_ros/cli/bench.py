"""`midp bench`: how fast the parts are on this machine, as JSON, with its load."""

from __future__ import annotations

import json
import os
from math import isnan
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.files.output import require_writable_file, write_text

if TYPE_CHECKING:
    from rich.console import Console


def bench(
    model: Annotated[
        str, typer.Option(help="Model of many steps to time: an ONNX file, or a name in models/.")
    ] = "pick_10step",
    few_step: Annotated[str, typer.Option(help="Few-step model to time and to run in the loop, likewise.")] = "pick",
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="Weights to time under torch and onnxruntime; without, untrained ones take as long."),
    ] = None,
    minutes: Annotated[
        float, typer.Option(min=0.05, help="How long the loop over ROS runs, half of it with each output.")
    ] = 1.0,
    stream_rate_hz: Annotated[float, typer.Option(min=50.0, max=500.0, help="Of the loop's joint targets.")] = 100.0,
    stand_in: Annotated[
        bool, typer.Option(help="Measure the simulation node's topics instead; takes 2 minutes.")
    ] = False,
    teleop: Annotated[
        bool, typer.Option(help="Measure teleoperation instead: from a device's message to the command.")
    ] = False,
    recorder: Annotated[
        bool, typer.Option(help="Measure the recorder instead, beside a policy, for --minutes; and kill it 50 times.")
    ] = False,
    recording: Annotated[
        bool, typer.Option(help="Measure `midp record` beside the bare physics instead; takes a minute.")
    ] = False,
    planning: Annotated[
        bool, typer.Option(help="Measure `midp plan` instead: start poses around random boxes, judged by PyBullet.")
    ] = False,
    fci: Annotated[
        bool, typer.Option(help="Measure `midp fci` under libfranka's position control instead, for --minutes.")
    ] = False,
    planner: Annotated[str, typer.Option(help="Of --planning: builtin or moveit.")] = "builtin",
    scenes: Annotated[int, typer.Option(min=1, help="Of --planning.")] = 200,
    late: Annotated[
        bool,
        typer.Option(help="Delay, lose and reorder the policy's messages instead, for --minutes."),
    ] = False,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
) -> None:
    """Measure this machine: simulation, inverse kinematics, chunks, and the policy's loop over ROS 2 on `pick`.

    The loop's policy commands the simulation, episode after episode, first by trajectories, then by a stream of joint
    targets; its figures are of 1 core each besides what else this machine does, so look at the load average, too.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from rich.table import Table

    from midp_ros.cli.benchmarks.recording import in_words, recording_figures
    from midp_ros.cli.benchmarks.stand_in import stand_in_figures
    from midp_ros.cli.benchmarks.teleoperation import teleoperation_figures

    if json_path:
        require_writable_file(json_path)
    console, figures = plain_console(), {"cores": float(os.cpu_count() or 0), "load_average_1min": os.getloadavg()[0]}
    if stand_in:
        figures |= stand_in_figures()
    elif recorder:
        from midp_ros.cli.benchmarks.recorder import recorder_figures

        figures |= recorder_figures(minutes)
    elif late:
        from midp_ros.cli.benchmarks.late import late_figures

        figures |= late_figures(minutes)
    elif teleop:
        figures |= teleoperation_figures(minutes)
    elif planning:
        from midp_ros.cli.benchmarks.planning import planning_figures

        with console.status("planning") as status:
            figures |= planning_figures(planner, scenes, tell=status.update)
    elif fci:
        from midp_ros.cli.benchmarks.fci import fci_figures

        figures |= fci_figures(minutes)
    elif recording:
        figures |= (measured := recording_figures())
        console.print(in_words(measured))
    else:
        figures |= simulation_speed("reach") | simulation_speed("pick") | inverse_kinematics()
        figures |= policy_figures(console, model, few_step, checkpoint, minutes, stream_rate_hz)
    figures["load_average_1min_after"] = os.getloadavg()[0]
    table = Table("figure", "value")
    for name, value in figures.items():
        table.add_row(name, f"{value:.4g}")
    console.print(table)
    if json_path:
        known = {name: None if isnan(value) else value for name, value in figures.items()}  # JSON has no NaN
        write_text(json_path, json.dumps(known, indent=1) + "\n")


def policy_figures(
    console: Console, model: str, few_step: str, checkpoint: Path | None, minutes: float, stream_rate_hz: float
) -> dict[str, float]:
    """Figures of chunks, torch and the loop; prints what is left out because something is missing."""
    from midp_ros.cli.benchmarks.chunks import chunk_latency, torch_ratio
    from midp_ros.cli.benchmarks.loop import loop_figures
    from midp_ros.core.errors import FileFormatError
    from midp_ros.core.package_files import model_path
    from midp_ros.inference.onnx_policy import OnnxPolicy

    figures, skill = chunk_latency(model_path(model)), OnnxPolicy(model_path(model)).contract.skill
    runs = model_path(model)
    if (few := model_path(few_step)).is_file():
        figures |= chunk_latency(few, "few_step")
        runs = few
    else:
        say(f"no few-step figures: no model at {few}", console=console)
    try:
        figures |= torch_ratio(skill, checkpoint)
    except ModuleNotFoundError:
        console.print("no torch_ratio: torch is not installed (`make setup-train`)")
    except FileFormatError as e:
        say(f"no torch_ratio: {e}", console=console)
    with console.status(f"running the loop for {minutes:g} minutes"):
        return figures | loop_figures(runs, minutes, stream_rate_hz)


def simulation_speed(task: str, episodes: int = 3) -> dict[str, float]:
    """Simulated seconds per second: the stepping alone while the expert acts, and whole episodes with the expert."""
    from midp_ros.core.contract import Contract
    from midp_ros.expert import make_expert
    from midp_ros.simulation import Simulation, rollout

    class Timed(Simulation):
        stepping_s = 0.0

        def advance(self, duration_s: float) -> np.ndarray:
            start = perf_counter()
            desired = super().advance(duration_s)
            self.stepping_s += perf_counter() - start
            return desired

    expert = make_expert(task, Contract.load(task))
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
