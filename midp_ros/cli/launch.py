"""`midp launch`: runs a launch file by `ros2 launch` where that can, else by the interpreter; imports no ROS."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.package_files import PACKAGE, package_directory
from midp_ros.launching import LaunchDescription, LaunchError, declared_arguments, local_discovery, run

SUFFIX = ".launch.xml"


def launch(
    name: Annotated[str, typer.Argument(help="A launch file's name, e.g. `sim`, or its path.")] = "",
    arguments: Annotated[list[str] | None, typer.Argument(help="Arguments of the launch file, as name:=value.")] = None,
    list_files: Annotated[bool, typer.Option("--list", help="Print the names of the launch files.")] = False,
    show_args: Annotated[bool, typer.Option("--show-args", help="Print what the launch file can be told.")] = False,
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
    if uses_ros2_launch():
        os.environ.update(local_discovery())
        command = ["ros2", "launch", str(path), *(f"{key}:={value}" for key, value in given.items())]
        sys.stdout.flush()
        os.execvp(command[0], command)
    status = run(load(name, given))
    if status:
        raise typer.Exit(status)


def load(name: str, arguments: dict[str, str]) -> LaunchDescription:
    """The processes of a launch file of this package, for `midp_ros.launching.run`."""
    try:
        return LaunchDescription.load(launch_file(name), arguments, shares={PACKAGE: package_directory()})
    except LaunchError as e:
        raise MidpError(str(e)) from None


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


def uses_ros2_launch() -> bool:
    """Whether `ros2 launch` exists and finds this package's executables: where it was built by colcon and sourced.

    Not under Humble, whose XML launch files know no `on_exit`.
    """
    if shutil.which("ros2") is None or os.environ.get("ROS_DISTRO") == "humble":
        return False
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    return any((Path(p) / "lib" / PACKAGE).is_dir() for p in prefixes if p)
