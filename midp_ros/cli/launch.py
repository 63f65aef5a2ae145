"""`midp launch`: runs a launch file by the interpreter here, or by ROS's launch where Python files are included.

Imports no ROS.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from midp_ros.core.errors import ContractMismatchError, MidpError, UnknownNameError
from midp_ros.core.package_files import PACKAGE, model_path, package_directory
from midp_ros.launching import (
    LaunchDescription,
    LaunchError,
    declared_arguments,
    parameter_values,
    run,
    run_by_ros2_launch,
)

SUFFIX = ".launch.xml"


def launch(
    name: Annotated[str, typer.Argument(help="A launch file's name, e.g. `sim`, or its path.")] = "",
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments of the launch file, as name:=value.")] = None,
    list_files: Annotated[bool, typer.Option("--list", help="Print the names of the launch files.")] = False,
    show_args: Annotated[bool, typer.Option("--show-args", help="Print the launch file's arguments.")] = False,
) -> None:
    """Run a launch file: `midp launch sim task:=reach`. The same file works with `ros2 launch midp_ros`."""
    if list_files or not name:
        print("\n".join(sorted(launch_files())))
        return
    path = launch_file(name)
    if show_args:
        print_arguments(path)
        return
    given = parse_arguments(arguments or [])
    status = run_launch(name, given)
    if status:
        raise typer.Exit(status)


def run_launch(name: str, arguments: dict[str, str], on_interrupt: Callable[[], None] = lambda: None) -> int:
    """Runs a launch file until it ends; its status, which is 0 where it was interrupted and stopped cleanly."""
    description = load(name, arguments, python_files=has_ros2_launch())
    require_models_of_tasks(description)
    try:
        if description.python_files:
            return run_by_ros2_launch(launch_file(name), arguments)
        return run(description, on_interrupt=on_interrupt)
    except LaunchError as e:
        raise MidpError(str(e)) from None


def load(name: str, arguments: dict[str, str], python_files: bool = False) -> LaunchDescription:
    """The processes of a launch file of this package, for `midp_ros.launching.run`.

    Args:
        python_files: accept that it includes Python launch files.
    """
    shares = {PACKAGE: package_directory()}
    try:
        return LaunchDescription.load(
            launch_file(name), arguments, shares, unblocking={PACKAGE}, python_files=python_files
        )
    except LaunchError as e:
        raise MidpError(str(e)) from None


def require_models_of_tasks(description: LaunchDescription) -> None:
    """Refuses a policy whose model has learned another task than the simulation runs: it would wait for ever.

    Raises:
        ContractMismatchError: names the model, what it has learned, and the task.
        FileFormatError: no such model.
    """
    nodes = {Path(word).name: parameter_values(p) for p in description.processes for word in p.command[:2]}
    task = nodes.get("simulation_node", {}).get("task", "")
    model = nodes.get("policy_node", {}).get("model", "")
    if not task or not model or model == task:
        return
    from midp_ros.inference.onnx_policy import OnnxPolicy  # 0.3 s

    path = model_path(model)
    if (skill := OnnxPolicy(path).contract.skill) != task:
        remedy = f"give task:={skill} or another model; without a task the model's own is run"
        raise ContractMismatchError(f"{path} has learned {skill!r}, not {task!r}: {remedy}")


def launch_files() -> dict[str, Path]:
    """The package's launch files by name."""
    return {p.name.removesuffix(SUFFIX): p for p in (package_directory() / "launch").glob(f"*{SUFFIX}")}


def launch_file(name: str) -> Path:
    """The path of a launch file by its name, or the name itself where that is a file."""
    if name.endswith(".xml") and Path(name).is_file():
        return Path(name).resolve()
    known = launch_files()
    if (short := name.removesuffix(SUFFIX)) not in known:
        raise UnknownNameError("launch file", name, known)
    return known[short]


def parse_arguments(arguments: list[str]) -> dict[str, str]:
    """Values by name from `name:=value`."""
    given = {}
    for argument in arguments:
        name, separator, value = argument.partition(":=")
        if not separator or not name:
            raise MidpError(f"launch arguments are written name:=value, got {argument!r}")
        given[name] = value
    return given


def print_arguments(path: Path) -> None:
    """Prints name, default and description of each argument that a launch file declares."""
    try:
        declared = declared_arguments(path)
    except LaunchError as e:
        raise MidpError(str(e)) from None
    width = max((len(a.name) for a in declared), default=0)
    for a in declared:
        default = "required" if a.default is None else f"default {a.default!r}"
        print(f"{a.name:{width}}  {a.description} ({default})")


def has_ros2_launch() -> bool:
    """Whether ROS's own launch is there; not under Humble, whose XML launch files know no `on_exit`."""
    return find_spec("launch_ros") is not None and os.environ.get("ROS_DISTRO") != "humble"
