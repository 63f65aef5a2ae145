"""`midp`: one command per job.

Modules load inside the commands: `midp --help` is instant and needs no torch.
"""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import typer
from rich.markup import escape

from midp_ros import __version__
from midp_ros.cli.terminal.console import complain, plain_console
from midp_ros.cli.terminal.interrupt import quiet_loading
from midp_ros.core.errors import MidpError

app = typer.Typer(
    name="midp",
    help="Learn a Franka skill from demonstrations as a diffusion policy, export it to ONNX, and run it under ROS 2.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    *("demo", "launch", "record", "train", "export", "evaluate", "experiment", "plot", "bench", "doctor"),
    *("draw", "fci", "list", "new_task", "teleop", "plan", "blackbox", "certify", "reproduce"),
)
# Of commands that live in a room of their own.
PLACES = {
    **{"plan": "planning.plan", "blackbox": "incidents.blackbox", "certify": "incidents.certify"},
    "reproduce": "experiments.reproduce",
}
GROUPS = ("data",)  # of commands, each a Typer application `app`
OPERATOR_COMMANDS = ("confirm", "stop", "resume", "recover", "home", "status", "snapshot")
# setup.py's extras that bring what a command may lack.
EXTRAS = {
    **dict.fromkeys(("torch", "onnx", "onnxscript", "matplotlib"), "train"),
    **dict.fromkeys(("gymnasium", "gym_pusht"), "pusht"),
    "rerun": "rerun",
    **dict.fromkeys(("zarr", "numcodecs", "h5py", "pyarrow", "av"), "data"),
    **dict.fromkeys(("evdev", "pyspacemouse"), "teleop"),
    **dict.fromkeys(("pybullet", "svgelements"), "sim"),
    "viser": "viewer",
    "pylibfranka": "fci",
}


REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}  # of a disk, not faults of ours


def command_function(name: str) -> Any:
    """The function of one of COMMANDS."""
    return getattr(importlib.import_module(f"midp_ros.cli.{PLACES.get(name, name)}"), name)


def _register() -> None:
    for name in COMMANDS:
        app.command(name.replace("_", "-"))(command_function(name))
    operator_commands = importlib.import_module("midp_ros.cli.operator_commands")
    for name in OPERATOR_COMMANDS:
        app.command(rich_help_panel="Operator")(getattr(operator_commands, name))
    app.command(rich_help_panel="Operator")(importlib.import_module("midp_ros.cli.episode").episode)
    for name in GROUPS:
        app.add_typer(importlib.import_module(f"midp_ros.cli.{name}").app, name=name)


def _all_commands(group: Any) -> Iterator[Any]:
    yield group
    for command in getattr(group, "commands", {}).values():
        yield from _all_commands(command)


def command_line() -> Any:
    """The click command behind `midp`, whose help texts show square brackets as they are written."""
    if not app.registered_commands:
        _register()
    group = typer.main.get_command(app)
    for command in _all_commands(group):
        command.help = command.help and escape(command.help)
        for parameter in command.params:
            if help_text := getattr(parameter, "help", None):
                parameter.help = escape(help_text)  # type: ignore[attr-defined]
    return group


def _show_version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def with_home(argument: str) -> str:
    """An argument of the command line; shells expand `--out ~/x`, not `--out=~/x`."""
    option, _, value = argument.partition("=")
    return f"{option}={os.path.expanduser(value)}" if option.startswith("--") and value.startswith("~") else argument


def run_command() -> None:
    """Runs the command line; errors that a user can act on are printed in one line, without a traceback."""
    sys.argv[1:] = map(with_home, sys.argv[1:])
    try:
        with quiet_loading():
            group = command_line()
        group()
    except MidpError as error:
        complain(str(error))
        sys.exit(2)
    except OSError as error:
        if error.errno not in REFUSALS:
            raise
        complain(f"{error.strerror}: {error.filename}" if error.filename else str(error.strerror))
        sys.exit(2)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("midp_ros"):
            raise
        extra = EXTRAS.get(error.name or "")
        advice = f"pip install 'midp_ros[{extra}]' brings it" if extra else "see `make setup`"
        complain(f"this command needs {error.name}; {advice}")
        sys.exit(2)
    except KeyboardInterrupt:
        plain_console(stderr=True).print("interrupted")
        sys.exit(128 + signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process is ending anyway
