"""`midp certify`: a model is run through the stand-in, over ROS and through libfranka, and gets a certificate."""

from __future__ import annotations

import platform
import signal
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.cli.terminal.interrupt import every_stop_interrupts, quiet_loading
from midp_ros.core.errors import ContractMismatchError, FileFormatError, MidpError, UnknownNameError
from midp_ros.core.files.output import lock_folder, require_writable_file, require_writable_folder
from midp_ros.core.package_files import model_path

if TYPE_CHECKING:
    from midp_ros.certify import Certificate, Stage

ROS_EPISODES = 20
PACKAGES = ("midp_ros", "numpy", "onnxruntime", "pybullet", "pin", "ruckig", "pylibfranka", "franky-sim", "ros-rclpy")


def certify(
    model: Annotated[str, typer.Argument(help="ONNX model: a file, or a name in models/.")],
    task: Annotated[str, typer.Option(help="Task to run; by default the one that the model has learned.")] = "",
    episodes: Annotated[int, typer.Option(min=1, max=1000, help="Episodes of each stage.")] = 100,
    ros_episodes: Annotated[
        int, typer.Option(min=1, max=1000, help="Of the stage over ROS, which runs in real time; at most --episodes.")
    ] = ROS_EPISODES,
    stages: Annotated[
        str, typer.Option(help="Which, with commas: in_process, ros, libfranka_position, _velocity, _torque; or all.")
    ] = "all",
    jobs: Annotated[int, typer.Option(min=0, help="Processes side by side; 0 takes one per core.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for page and finished episodes; by default out/certify_MODEL.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="The certificate; by default MODEL.certificate.json beside the model.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not use the episodes of an earlier run.")] = False,
) -> None:
    """Run a model through everything that there is, on episodes that nothing else uses, and write its certificate.

    Interrupted, it keeps the finished episodes, and the same command goes on. Exit code 0: it holds; 1: it does not.
    """
    with quiet_loading():
        from midp_ros.certify import Certificate, Stage, certificate_path, certification_seeds, sha256_of
        from midp_ros.cli.incidents.stages import CONDITIONS, STAGES, planned, run_stage, unknown_stages
        from midp_ros.cli.reports.certificate_page import certificate_page
        from midp_ros.cli.terminal.command_text import command_text
        from midp_ros.cli.terminal.console import say
        from midp_ros.inference.onnx_policy import OnnxPolicy
    path = model_path(model)
    wanted = list(STAGES) if stages == "all" else [name.strip() for name in stages.split(",") if name.strip()]
    if unknown := unknown_stages(wanted):
        raise UnknownNameError("stage", unknown[0], STAGES)
    if not wanted:
        raise MidpError(f"--stages names none; known: {', '.join(STAGES)}, all")
    contract = OnnxPolicy(path).contract
    if task and task != contract.skill:
        raise ContractMismatchError(f"{path} has learned {contract.skill!r}, not {task!r}")
    if contract.skill == "pusht":
        raise MidpError(f"{path} has learned Push-T, which is no robot's task: there is no arm to certify it for")
    target = require_writable_file(certificate or certificate_path(path))
    digest = sha256_of(path)
    _require_no_larger(target, digest, planned(wanted, contract, episodes, ros_episodes))
    folder = (out or Path("out") / f"certify_{path.stem}") / digest[:16]
    page = require_writable_file(folder.parent / "certificate.html")
    _lock = lock_folder(require_writable_folder(folder))  # until this function returns
    if fresh:
        _forget(folder)
    done: list[Stage] = []
    interrupted = False
    for name in STAGES:
        if name not in wanted:
            done.append(Stage(name, CONDITIONS[name], "not asked for"))
            continue
        count = min(episodes, ros_episodes) if name == "ros" else episodes
        seeds = certification_seeds(digest, count)
        with every_stop_interrupts():
            stage, interrupted = run_stage(name, path, contract.skill, seeds, jobs, folder)
        done.append(stage)
        say(stage.sentence)
        if interrupted:
            break
    found = Certificate(
        path.name, digest, contract.skill, contract.robot, datetime.now(timezone.utc).isoformat(timespec="seconds"),
        command_text(), contract.interface(), _versions(), _machine(jobs), tuple(done),
    )  # fmt: skip
    certificate_page(found).write(page)
    if interrupted:
        say(f"interrupted: no certificate is written; the same command goes on. Page so far: {page}")
        raise typer.Exit(128 + signal.SIGINT)
    if not any(stage.run for stage in done):
        say(f"no stage was run: no certificate is written. Page: {page}")
        raise typer.Exit(1)
    found.write(target)
    _conclude(found, target, page)


def _require_no_larger(target: Path, digest: str, counts: Mapping[str, int]) -> None:
    """Raises MidpError where a certificate of the same model holds and states more: it may have taken hours."""
    from midp_ros.certify import Certificate

    try:
        there = Certificate.read(target)
    except FileFormatError:
        return
    if there.sha256 != digest or not there.holds:
        return
    if lost := [f"{s.episodes} episodes of {s.name}" for s in there.stages if s.episodes > counts.get(s.name, 0)]:
        raise MidpError(
            f"{target} states more about this model, {', '.join(lost)}; --certificate FILE writes this one "
            "elsewhere; to replace that one, move it away first"
        )


def _conclude(found: Certificate, target: Path, page: Path) -> None:
    from midp_ros.cli.terminal.console import say

    say(found.sentence, "bold green" if found.holds else "bold red")
    say(f"certificate: {target}, page: {page}")
    if not found.holds:
        raise typer.Exit(1)


def _forget(folder: Path) -> None:
    for path in folder.glob("*.jsonl"):
        path.unlink()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _machine(jobs: int) -> dict[str, object]:
    from midp_ros.experiment.machine import machine

    return {**asdict(machine(jobs)), "system": f"{platform.system()} {platform.release()}"}
