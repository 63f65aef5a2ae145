"""`midp evaluate`: an exported policy or the expert on a task, in process, with figures and their intervals."""

from __future__ import annotations

import json
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.cli.terminal.interrupt import every_stop_interrupts, quiet_loading
from midp_ros.cli.workers.place import RAY_HELP, SLURM_HELP, Place
from midp_ros.core.card import ModelCard
from midp_ros.core.errors import MidpError
from midp_ros.core.files.output import (
    lock_folder,
    require_writable_file,
    require_writable_folder,
    write_bytes,
    write_text,
)
from midp_ros.core.package_files import model_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from midp_ros.cli.evaluation.outcome import Outcome

EXPERT, PUSHT = "expert", "pusht"


def evaluate(
    model: Annotated[str, typer.Argument(help="ONNX model: a file, or a name in models/; or the word `expert`.")],
    task: Annotated[str, typer.Option(help="Task to run; by default the one that the model has learned.")] = "",
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
    through: Annotated[
        str, typer.Option(help="libfranka: command the arm through Franka's own library and control interface.")
    ] = "",
    mode: Annotated[str, typer.Option(help="Of libfranka: position, velocity or torque.")] = "position",
    json_path: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    update_card: Annotated[bool, typer.Option(help="Write the scores into the model's card.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the page and the animations; by default out/evaluate_MODEL.")
    ] = None,
    worst: Annotated[int, typer.Option(min=0, max=20, help="Animate so many of the worst episodes.")] = 3,
    page: Annotated[bool, typer.Option(help="Write the page and the animations.")] = True,
    ray: Annotated[str, typer.Option(help=RAY_HELP)] = "",
    slurm: Annotated[str, typer.Option(help=SLURM_HELP)] = "",
) -> None:
    """Evaluate a policy in the simulation: success rate, reasons of failure, time to success, smoothness.

    The success rate comes with Wilson's 95 % interval. A reflex ends its episode, which then counts as failed. The jump
    is the largest second difference of an episode's tool positions as they were issued step by step. Interrupted, it
    prints and writes what there is.

    Through libfranka each process serves its own simulation as a robot's control box does. The server waits for its
    client, so that the machine's speed does not matter.
    """
    place = Place(ray, slurm)
    path = Path(EXPERT) if model == EXPERT else model_path(model)
    with quiet_loading():
        skill = task or _learned_task(path)
    _require_meant(skill, through, mode, interface)
    seeds = range(seed, seed + episodes)
    name = path.stem if path.stem == skill else f"{path.stem}_{skill}"
    folder = (out or Path("out") / f"evaluate_{name}") if page else None
    # What cannot be written is noticed before the first episode.
    if json_path:
        require_writable_file(json_path)
    if folder:
        require_writable_folder(folder, create=False)
    if update_card:
        ModelCard.read(require_writable_file(ModelCard.path_beside(path)))
    drawn = worst if page else 0
    run: Callable[..., Outcome | None]
    if skill == PUSHT:
        with quiet_loading():
            from midp_ros.cli.evaluation.pusht_command import evaluate_pusht
        run = partial(evaluate_pusht, path)
    else:
        with quiet_loading():
            from midp_ros.cli.evaluation import episodes as evaluation
            from midp_ros.cli.evaluation.arm_command import evaluate_arm
            from midp_ros.simulation import make_task
            from midp_ros.simulation.arm.robot_options import RobotOptions

            make_task(skill)
            RobotOptions(interface=interface)  # refuses an unknown one
            options = robot, gripper_start_s, interface, shaped, handover, delay_ms, through, mode
            job = evaluation.checked(evaluation.Job(str(path), skill, *options, keep_observations=drawn > 0))
        run = partial(evaluate_arm, job)
    _lock = lock_folder(require_writable_folder(folder)) if folder else None  # until this function returns
    with every_stop_interrupts():
        found = run(seeds, jobs, drawn, place)
        _conclude(found, path, skill, folder, json_path, update_card)


def _require_meant(skill: str, through: str, mode: str, interface: str) -> None:
    """Raises MidpError for an option that would not count; a report without it looks as if it had."""
    if through and skill == PUSHT:
        raise MidpError(f"Push-T has no arm that --through {through} could command; leave it out")
    if through and interface != "position":
        raise MidpError("--interface is of the stand-in's own controllers; with --through it is --mode that counts")
    if mode != "position" and not through:
        raise MidpError(f"--mode {mode} is of libfranka: give --through libfranka, too")


def _learned_task(model: Path) -> str:
    """The skill of a model; `pick` for the expert."""
    if model == Path(EXPERT):
        return "pick"
    from midp_ros.inference.onnx_policy import OnnxPolicy

    return OnnxPolicy(model).contract.skill


def _conclude(
    found: Outcome | None, model: Path, skill: str, folder: Path | None, json_path: Path | None, update_card: bool
) -> None:
    from midp_ros.cli.terminal.console import complain, plain_console, say, warn
    from midp_ros.cli.terminal.failures import HEADINGS, print_failures, rows

    console = plain_console()
    if found is None:
        say("interrupted before the first episode ended", console=console)
        raise typer.Exit(128 + signal.SIGINT)
    stopped = found.stopped
    if not stopped.complete:
        found.report["episodes_wanted"] = found.wanted
        warn(f"{len(found.rows)} of {found.wanted} episodes only: {stopped.problem or 'interrupted'}", console)
    print_failures(HEADINGS, rows(found.report["failures"]), console)
    say(found.sentence, console=console)
    if json_path:
        write_text(json_path, json.dumps(found.report, indent=1) + "\n")
    if update_card and stopped.complete:
        path = ModelCard.path_beside(model)
        scores = {k: v for k, v in found.report.items() if k not in ("failures", "card")}
        if "model" in scores:
            scores["model"] = model.name  # it lies beside the card; where both lie is this machine's
        ModelCard.read(path).with_scores(skill, {**scores, "episodes": len(found.rows)}).write(path)
    elif update_card:
        warn("the card is left as it is", console)
    if folder:
        _write_page(found, model, skill, folder)
        say(f"report: {folder / 'report.html'}", console=console)
    if stopped.interrupted:
        raise typer.Exit(128 + signal.SIGINT)
    if stopped.problem:
        complain(stopped.problem)
        raise typer.Exit(2)


def _write_page(found: Outcome, model: Path, skill: str, folder: Path) -> None:
    from midp_ros.cli.reports.evaluation_page import evaluation_page
    from midp_ros.cli.terminal.command_text import command_text
    from midp_ros.cli.terminal.console import plain_console

    animations = []
    if not found.stopped.interrupted:  # drawing takes a while, and Ctrl-C asked for an end
        with plain_console(stderr=True).status("drawing the worst episodes"):
            animations = found.draw()
    for stale in folder.glob("worst_*.gif"):
        stale.unlink()
    for number, (_, gif) in enumerate(animations, 1):
        write_bytes(folder / f"worst_{number}.gif", gif)
    report = found.report
    about = f"{len(found.rows)} episodes of {skill}, seeds {report['seeds'][0]} to {report['seeds'][1]}"
    if not found.stopped.complete:
        about += f"; {found.wanted} were asked for"
    facts = [("model", str(model)), ("command", command_text())]
    evaluation_page(
        f"Evaluation of {model.stem}", about, found.headline, found.good, found.tiles, report["failures"], animations,
        found.headings, found.rows, facts,
    ).write(folder / "report.html")  # fmt: skip
