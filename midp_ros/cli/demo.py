"""`midp demo`: a simulated Franka does a learned skill over ROS 2, and is scored and drawn."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from midp_ros.cli.launch import run_launch
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.errors import ContractMismatchError, MidpError
from midp_ros.core.files.name_lock import only_writer
from midp_ros.core.files.output import require_writable_file
from midp_ros.core.package_files import model_path
from midp_ros.launching import move_to_free_domain

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_TASK = "pick"
ALONE_S = "0.3"  # discovery in a domain that no other process of this machine uses
PICTURE_RATE_HZ = 5.0  # half of what the evaluation keeps: drawing on the CPU takes longer than the rest


class DemoError(MidpError):
    """The demo ended without scores."""


def demo(
    task: Annotated[str, typer.Option(help="Skill to show; by default the model's, or pick.")] = "",
    model: Annotated[str, typer.Option(help="Model to show: an ONNX file, or a name in models/.")] = "",
    episodes: Annotated[int, typer.Option(min=1, help="Episodes to run.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first episode; each further one adds 1.")] = 10000,
    out: Annotated[Path, typer.Option(help="Folder for scores and pictures.")] = Path("out"),
    pictures: Annotated[bool, typer.Option(help="Draw an episode when done.")] = True,
    view: Annotated[bool, typer.Option("--view", help="Show the arm live on a web page; prints its address.")] = False,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Of that page; the next free one if taken.")] = 8080,
) -> None:
    """Run simulation, policy and evaluation as ROS 2 nodes and score the policy.

    Exits non-zero if fewer than 8 of 10 episodes succeed.
    """
    console = plain_console()
    task, chosen = chosen_model(task, model)
    scores_path = require_writable_file(out / f"demo_{task}.json")
    arguments = {"task": task, "episodes": str(episodes), "seed": str(seed), "json": str(scores_path.resolve())}
    arguments |= {"discovery_s": ALONE_S, **chosen}
    if view:
        require_viewer()
        arguments |= {"viewer": "true", "viewer_port": str(port)}
    with only_writer(scores_path):  # and the pictures
        scores = _run(arguments, scores_path, console)
        _print_table(scores, console)
        if pictures and scores["replay"]:
            _draw(scores, out, console)
    if (done := len(scores["episodes"])) < episodes:
        say(f"only {done} of {episodes} episodes were run; the output above shows why", "bold red", console)
        raise typer.Exit(1)
    if scores["success_rate"] < 0.8:
        say(f"only {100 * scores['success_rate']:.0f} % succeeded; 80 % are asked for", "bold red", console)
        raise typer.Exit(1)


def _run(arguments: dict[str, str], scores_path: Path, console: Console) -> dict[str, Any]:
    """Runs the nodes until they are done; returns the scores that they have written, or raises DemoError."""
    scores_path.unlink(missing_ok=True)
    if notice := move_to_free_domain():
        console.print(notice, highlight=False)
    interrupts: list[bool] = []
    status = run_launch("demo", arguments, on_interrupt=lambda: interrupts.append(True))
    if not scores_path.exists():
        if interrupts:
            raise KeyboardInterrupt
        raise DemoError(f"the demo ended with status {status} before it was scored; its output above says why")
    scores: dict[str, Any] = json.loads(scores_path.read_text())
    return scores


def require_viewer() -> None:
    """Raises DemoError where the page cannot be served."""
    if find_spec("viser") is None:
        raise DemoError("--view needs viser; pip install 'midp_ros[viewer]' brings it")


def chosen_model(task: str, model: str) -> tuple[str, dict[str, str]]:
    """The task, and the launch arguments for a model and the cameras that it observes; task and model must agree.

    Raises:
        FileFormatError: no such model.
        ContractMismatchError: the model has learned another task.
    """
    if not model:
        return task or DEFAULT_TASK, {}
    from midp_ros.cli.evaluation.camera_arguments import camera_arguments
    from midp_ros.inference.onnx_policy import OnnxPolicy

    path = model_path(model)
    contract = OnnxPolicy(path).contract
    skill = contract.skill
    if task and task != skill:
        raise ContractMismatchError(f"{path} has learned {skill!r}, not {task!r}")
    if skill == "pusht":
        raise DemoError(f"{path} has learned Push-T, which is no robot's task; `midp evaluate {path}` runs it")
    return skill, {"model": str(path.resolve()), **camera_arguments(contract)}


def _print_table(scores: dict[str, Any], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("episode", "seed", "success", "time [s]", "tool error [mm]", "actions [Hz]")
    for number, e in enumerate(scores["episodes"], 1):
        mark = Text("yes", "green") if e["success"] else Text("no", "red")
        error_mm = 1000 * e["position_error_m"]
        table.add_row(
            str(number), str(e["seed"]), mark, f"{e['duration_s']:.1f}", f"{error_mm:.1f}", f"{e['action_rate_hz']:.1f}"
        )
    console.print(table)
    for e in scores["episodes"]:
        if not e["success"]:
            say(f"seed {e['seed']} failed: {e['reflexes']} reflexes; {e['missing']}", "yellow", console=console)
    low, high = scores["success_interval"]
    say(
        f"{scores['task']}: {100 * scores['success_rate']:.0f} % of {len(scores['episodes'])} episodes succeeded "
        f"(95 % interval {100 * low:.0f} to {100 * high:.0f})",
        console=console,
    )


def _draw(scores: dict[str, Any], out: Path, console: Console) -> None:
    from midp_ros.core.files.animation import save_animation, save_sequence
    from midp_ros.simulation import draw_replay

    replay = scores["replay"]
    times = replay["time_s"]
    kept, next_s = [], 0.0
    for i, t in enumerate(times):
        if t >= next_s - 1e-6:
            kept.append(i)
            next_s += 1.0 / PICTURE_RATE_HZ
    columns = {n: [v[i] for i in kept] for n, v in replay.items() if n not in ("seed", "time_s")}
    with console.status("drawing the first successful episode"):
        frames = draw_replay(scores["task"], scores["robot"], columns)
    animation, sequence = out / f"demo_{scores['task']}.gif", out / f"demo_{scores['task']}.png"
    save_animation(frames, animation, PICTURE_RATE_HZ)
    save_sequence(frames, sequence)
    say(f"pictures: {animation} and {sequence}", console=console)
