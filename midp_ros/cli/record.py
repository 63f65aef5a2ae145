"""`midp record`: scripted demonstrations in process, one MCAP file per episode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def record(
    out: Annotated[Path, typer.Option(help="Folder for the episodes; existing ones are kept and added to.")],
    task: Annotated[str, typer.Option(help="Task to demonstrate.")] = "pick",
    episodes: Annotated[int, typer.Option(min=1, help="Successful episodes to keep.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first episode; each further one adds 1.")] = 0,
    robot: Annotated[str, typer.Option(help="Robot profile: a name or a YAML file.")] = "fr3",
    contract: Annotated[str, typer.Option(help="Contract: a name or a YAML file; by default the task's.")] = "",
    disturb_m: Annotated[float, typer.Option(min=0.0, max=0.05, help="Largest disturbance of the tool [m].")] = 0.015,
    gripper_start_s: Annotated[
        float,
        typer.Option(min=0.0, max=5.0, help="How long the hand waits before it moves [s]: the slowest."),
    ] = 0.8,
    keep_failed: Annotated[bool, typer.Option(help="Keep episodes that fail, marked so.")] = False,
) -> None:
    """Record demonstrations of the scripted expert in the simulation, as fast as it runs.

    Interrupted at any moment, finished episodes stay.
    """
    from rich.console import Console

    from midp_ros.cli.evaluation.episodes import shaping
    from midp_ros.cli.terminal.progress import progress_bar
    from midp_ros.core.contract import Contract
    from midp_ros.expert import ToolDisturbance, make_expert
    from midp_ros.recording import EpisodeWriter
    from midp_ros.simulation import Simulation, make_task, rollout
    from midp_ros.simulation.arm.robot_options import RobotOptions
    from midp_ros.simulation.hand.hand_command import HandTiming

    make_task(task)  # an unknown task is said so before an unknown contract
    agreed = Contract.load(contract or task)
    options = RobotOptions(reflexes=True)  # what trips a reflex is no demonstration
    simulation = Simulation(task, robot, options=options, hand=HandTiming(gripper_start_s))
    expert = make_expert(task, agreed)
    shape = shaping(simulation.profile)
    disturbance = ToolDisturbance(agreed, disturb_m) if disturb_m > 0 else None
    writer = EpisodeWriter(out)
    kept = failed = steps = 0
    simulated_s = 0.0
    with progress_bar() as progress:
        bar = progress.add_task(f"recording {task}", total=episodes)
        episode_seed = seed
        while kept < episodes:
            writer.start(agreed, {"task": task, "robot": robot, "seed": episode_seed, "source": "expert"})
            result = rollout(simulation, expert, episode_seed, recorder=writer, disturbance=disturbance, shape=shape)
            outcome = {"success": result.success, "duration_s": result.duration_s}
            if result.success or keep_failed:
                steps += round(result.duration_s * agreed.rate_hz)
                writer.finish(outcome)
                kept += 1
            else:
                writer.discard()
            failed += not result.success
            episode_seed += 1
            simulated_s += result.duration_s
            progress.update(bar, completed=kept, description=f"recording {task} ({failed} failed)")
        elapsed_s = progress.tasks[0].elapsed or 1e-9
    Console().print(
        f"kept {kept} episodes ({steps} steps) in {out}, {failed} failed; "
        f"{60 * kept / elapsed_s:.0f} episodes/min, {simulated_s / elapsed_s:.1f} times real time"
    )
