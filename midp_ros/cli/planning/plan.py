"""`midp plan`: a motion around obstacles, planned, judged, saved and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.cli.terminal.console import plain_console, say

if TYPE_CHECKING:
    from midp_ros.kinematics import ArmModel
    from midp_ros.planning import Obstacle


def plan(
    joints: Annotated[
        str, typer.Option(metavar="RAD", help='Goal: joint positions, J1 first [rad], or "ready".', show_default=False)
    ] = "",
    pose: Annotated[
        str,
        typer.Option(
            metavar="M",
            help="Goal as the tool's pose in the base frame: x y z [m], the tool pointing down, or x y z qx qy qz qw.",
            show_default=False,
        ),
    ] = "",
    start: Annotated[str, typer.Option(metavar="RAD", help='Start, J1 first [rad], or "ready".')] = "ready",
    obstacles: Annotated[
        Path | None, typer.Option(help="YAML file with a list `obstacles` (docs/planning.md).", show_default=False)
    ] = None,
    task: Annotated[str, typer.Option(help="Task whose scene is in the way, too; `midp list` shows all.")] = "",
    seed: Annotated[int, typer.Option(min=0, help="Of the task's scene, and of the search.")] = 0,
    robot: Annotated[str, typer.Option(help="Robot profile: a name or a YAML file.")] = "fr3",
    planner: Annotated[
        str, typer.Option(help="moveit, builtin, or auto: MoveIt where it is installed; `midp list planners`.")
    ] = "auto",
    table_height_m: Annotated[
        float | None, typer.Option(help="Of the table's plane in the base frame [m].", show_default="no table")
    ] = None,
    margin_m: Annotated[float, typer.Option(min=0.0, max=0.2, help="Least distance to an obstacle [m].")] = 0.01,
    speed_fraction: Annotated[
        float, typer.Option(min=0.01, max=1.0, help="Of the robot's velocity, acceleration and jerk limits.")
    ] = 0.2,
    time_limit_s: Annotated[float, typer.Option(min=0.01, max=600.0, help="Of the search [s].")] = 5.0,
    out: Annotated[
        list[Path] | None,
        typer.Option(help="File for the trajectory (.json, .csv) or its picture (.png); may be given again."),
    ] = None,
) -> None:
    """Plan a motion around obstacles from rest to rest, within the arm's limits; nothing moves.

    Needs no ROS with the builtin planner. A motion that is impossible gets the reason in one line: which bodies
    collide and how deep, what is out of reach, or which joint is beyond its limits.

    midp plan --pose "0.5 0.3 0.2" --obstacles shelf.yaml --out plan.png --out plan.json
    """
    from time import perf_counter

    from midp_ros.cli.planning.goal import goal_of, joints_of
    from midp_ros.cli.planning.outcome import require_known_endings, save, summary
    from midp_ros.control import LimitFractions
    from midp_ros.kinematics import ArmModel
    from midp_ros.planning import PlanRequest, make_planner

    targets = require_known_endings(out or [])
    model = ArmModel(robot)
    request = PlanRequest(
        joints_of("start", start, model.profile),
        goal_of(joints, pose, model.profile),
        obstacles_of(obstacles, task, seed, model),
        table_height_m,
        margin_m,
        LimitFractions(*[speed_fraction] * 3),
        time_limit_s,
        seed,
    )
    chosen = make_planner(planner, model)
    console = plain_console(stderr=True)
    try:
        with console.status(f"planning with {chosen.name}"):
            begun_s = perf_counter()
            motion = chosen.plan(request)
            taken_s = perf_counter() - begun_s
    finally:
        chosen.close()
    for line in summary(motion, request, model, chosen.name, taken_s):
        say(line)
    for path in targets:
        save(path, motion, request, model)
        say(str(path))


def obstacles_of(file: Path | None, task: str, seed: int, model: ArmModel) -> tuple[Obstacle, ...]:
    """Of a file and of a task's scene; raises FileFormatError and UnknownNameError."""
    from midp_ros.planning import read_obstacles
    from midp_ros.planning.obstacles import require_distinct

    found = read_obstacles(file) if file else ()
    if task:
        from midp_ros.simulation.task_obstacles import task_obstacles

        found += task_obstacles(task, model.profile, seed)
    require_distinct(found)
    return found
