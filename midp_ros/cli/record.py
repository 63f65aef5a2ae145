"""`midp record`: scripted demonstrations in process, one MCAP file per episode."""

from __future__ import annotations

from enum import Enum
from math import radians
from pathlib import Path
from typing import Annotated

import typer

from midp_ros.cli.workers.place import RAY_HELP, SLURM_HELP, Place


class By(str, Enum):
    """Who demonstrates."""

    expert = "expert"
    guiding = "guiding"
    teleop = "teleop"


def record(
    out: Annotated[Path, typer.Option(help="Folder for the episodes; existing ones are kept and added to.")],
    task: Annotated[str, typer.Option(help="Task to demonstrate.")] = "pick",
    episodes: Annotated[int, typer.Option(min=1, help="Successful episodes to have from this seed on.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first episode; each further one adds 1.")] = 0,
    robot: Annotated[str, typer.Option(help="Robot profile: a name or a YAML file.")] = "fr3",
    contract: Annotated[
        str, typer.Option(help="Contract: a name or a YAML file; by default the task's.", show_default=False)
    ] = "",
    disturb_m: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=0.05,
            help="Largest disturbance of the tool [m]; by default 0.015, for push 0.004.",
            show_default=False,
        ),
    ] = None,
    disturb_deg: Annotated[
        float, typer.Option(min=0.0, max=30.0, help="Largest turn of the tool by which it is disturbed, too [deg].")
    ] = 0.0,
    gripper_start_s: Annotated[
        float,
        typer.Option(min=0.0, max=5.0, help="How long the hand waits before it moves [s]: the slowest."),
    ] = 0.8,
    path: Annotated[
        str, typer.Option(help="Path for task trace: an SVG or a CSV file, or square, circle or freehand.")
    ] = "",
    size_m: Annotated[float, typer.Option(min=0.02, max=0.8, help="Longer edge of a drawn path [m].")] = 0.2,
    height_m: Annotated[float, typer.Option(min=0.02, max=0.6, help="Of the tool on a drawn path [m].")] = 0.15,
    yaw_deg: Annotated[float, typer.Option(min=-90.0, max=90.0, help="Of the tool on that path [deg].")] = 0.0,
    tilt_deg: Annotated[float, typer.Option(min=-45.0, max=45.0, help="Of the tool, away from the arm [deg].")] = 0.0,
    vary_path: Annotated[bool, typer.Option(help="Draw scale, turn and place of the path from each seed.")] = False,
    keep_failed: Annotated[bool, typer.Option(help="Keep episodes that fail, marked so.")] = False,
    by: Annotated[
        By, typer.Option(help="Who demonstrates: the scripted expert, or a simulated person, by hand or with a stick.")
    ] = By.expert,
    planner: Annotated[
        str, typer.Option(help="Of the expert's way around --obstacles: builtin, moveit, auto, or none: straight.")
    ] = "none",
    obstacles: Annotated[
        Path | None,
        typer.Option(help="YAML file of what stands in the scene (docs/planning.md).", show_default=False),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes side by side, with the same files as one makes; 0: one per core.")
    ] = 1,
    ray: Annotated[str, typer.Option(help=RAY_HELP)] = "",
    slurm: Annotated[str, typer.Option(help=SLURM_HELP)] = "",
) -> None:
    """Record demonstrations in the simulation, as fast as it runs: of the scripted expert, or of a simulated person.

    The same command goes on where it was interrupted: seeds that the folder holds already are not recorded again. In
    the end it says why episodes failed.
    """
    from midp_ros.cli.terminal.interrupt import Interruptible, quiet_loading

    place = Place(ray, slurm)
    with quiet_loading():
        from midp_ros.cli.recording.session import run_session
        from midp_ros.cli.recording.settings import Settings
        from midp_ros.recording import EpisodeWriter

        drawn = None
        if path:
            from midp_ros.drawing import DrawnPath, Placement

            angles = radians(yaw_deg), radians(tilt_deg)
            drawn = DrawnPath.load(path, Placement(size_m, height_m, *angles, vary_path))
        hand = 0.0, gripper_start_s, keep_failed, drawn, by.value
        settings = Settings(task, robot, contract or task, *hand, planner, str(obstacles or ""), disturb_deg)
        settings.check()
        settings = settings.disturbed(disturb_m)
    writer = EpisodeWriter(out)  # a folder that cannot be written is noticed before the simulation starts
    with Interruptible() as interruptible:
        complete = run_session(settings, writer, episodes, seed, interruptible, workers, place)
    if interruptible.requested and not complete:
        raise interruptible.exit
