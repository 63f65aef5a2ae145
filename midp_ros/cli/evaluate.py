"""`midp evaluate`: an exported policy or the expert on a task, in process, with figures and their intervals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def evaluate(
    model: Annotated[Path, typer.Argument(help="ONNX model, or the word `expert`.")],
    task: Annotated[str, typer.Option(help="Task to run.")] = "pick",
    episodes: Annotated[int, typer.Option(min=1, help="Episodes to run.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first episode; each further one adds 1.")] = 10000,
    jobs: Annotated[int, typer.Option(min=0, help="Processes side by side; 0 takes one per core.")] = 0,
    robot: Annotated[str, typer.Option(help="Robot profile; by default the contract's.")] = "",
    gripper_start_s: Annotated[
        float, typer.Option(min=0.0, max=5.0, help="How long the hand waits in each command before it moves [s].")
    ] = 0.5,
    interface: Annotated[
        str, typer.Option(help="What the arm is commanded: effort, or position, where each command is judged.")
    ] = "position",
    shaped: Annotated[
        bool, typer.Option(help="Run the loop of the policy's node, which keeps the arm's limits.")
    ] = True,
    handover: Annotated[
        str, typer.Option(help="How a chunk takes over from the one before: auto, switch, ensemble or inpaint.")
    ] = "auto",
    delay_ms: Annotated[
        float, typer.Option(min=0.0, max=1000.0, help="How long after its observation a chunk comes [ms].")
    ] = 0.0,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    update_card: Annotated[bool, typer.Option(help="Write the scores into the model's card.")] = False,
) -> None:
    """Evaluate a policy in the simulation: success rate, time to success, path length, smoothness.

    The success rate comes with Wilson's 95 % interval. A reflex ends its episode, which then counts as failed. The jump
    is the largest second difference of an episode's tool positions as they were issued step by step.
    """
    seeds = range(seed, seed + episodes)
    if task == "pusht":
        from midp_ros.cli.evaluation.pusht_command import evaluate_pusht

        return evaluate_pusht(model, seeds, jobs, json_path, update_card)
    from rich.console import Console

    from midp_ros.cli.evaluation import episodes as evaluation
    from midp_ros.cli.terminal.progress import progress_bar
    from midp_ros.core.card import ModelCard
    from midp_ros.simulation import make_task
    from midp_ros.simulation.arm.robot_options import RobotOptions

    make_task(task)
    RobotOptions(interface=interface)  # refuses what there is not
    job = evaluation.Job(str(model), task, robot, gripper_start_s, interface, shaped, handover, delay_ms)
    job = evaluation.checked(job)  # what is wrong is said here, once, and not by every process
    results = []
    with progress_bar() as progress:
        bar = progress.add_task(f"evaluating {model} on {task}", total=episodes)
        for result in evaluation.run(job, seeds, jobs):
            results.append(result)
            progress.advance(bar)
    report = evaluation.summarise(job, sorted(results, key=lambda r: r["seed"]))
    low, high = report["success_interval"]
    Console().print(
        f"{task}, {job.handover}: success {100 * report['success_rate']:.1f} % "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f}), "
        f"{report['mean_time_to_success_s']:.2f} s to success, path {report['mean_path_length_m']:.3f} m, "
        f"mean squared jerk {report['mean_squared_jerk_rad2_s6']:.3g} rad^2/s^6, largest jump "
        f"{1000 * report['mean_largest_jump_m']:.1f} mm, {report['reflexes']} reflexes, {report['holds']} holds",
        highlight=False,
    )
    if json_path:
        json_path.parent.mkdir(parents=True, exist_ok=True)
        json_path.write_text(json.dumps(report, indent=1) + "\n")
    if update_card:
        scores = {k: v for k, v in report.items() if k != "episodes"}
        path = ModelCard.path_beside(model)
        ModelCard.read(path).with_scores(task, {**scores, "episodes": episodes}).write(path)
