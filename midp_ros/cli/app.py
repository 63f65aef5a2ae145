"""`midp`: one command per job. Modules load inside the commands: `midp --help` is instant and needs no torch."""

from __future__ import annotations

import importlib
import signal
import sys

import typer
from rich.console import Console

from midp_ros import __version__
from midp_ros.core.errors import MidpError

app = typer.Typer(
    name="midp",
    help="Learn a Franka skill from demonstrations as a diffusion policy, export it to ONNX, and run it under ROS 2.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    *("demo", "launch", "record", "train", "export", "evaluate", "experiment", "plot", "bench", "doctor"),
    *("list", "new_task"),
)
# What setup.py's extras bring, for whoever lacks one.
EXTRAS = {
    **dict.fromkeys(("torch", "onnx", "onnxscript", "matplotlib"), "train"),
    **dict.fromkeys(("zarr", "gymnasium", "gym_pusht"), "pusht"),
    "pybullet": "sim",
}


def _register() -> None:
    for name in COMMANDS:
        app.command(name.replace("_", "-"))(getattr(importlib.import_module(f"midp_ros.cli.{name}"), name))


def _show_version(value: bool) -> None:
    if value:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def run_command() -> None:
    """Runs the command line; errors that a user can act on are printed in one line, without a traceback."""
    try:
        _register()
        app()
    except MidpError as error:
        Console(stderr=True).print(f"[bold red]error:[/] {error}", highlight=False, soft_wrap=True, markup=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("midp_ros"):
            raise
        where = EXTRAS.get(error.name or "")
        advice = f"pip install 'midp_ros[{where}]' brings it" if where else "see `make setup`"
        Console(stderr=True).print(f"[bold red]error:[/] this command needs {error.name}; {advice}", highlight=False)
        sys.exit(2)
    except KeyboardInterrupt:
        Console(stderr=True).print("interrupted")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process is ending anyway
