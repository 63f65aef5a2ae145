"""An mkdocs hook for the reference pages: tables of what `midp` and the launch files declare.

They replace the comment `<!-- commands -->` or `<!-- launch files -->` of a page.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
import typer.main

from midp_ros.cli import app
from midp_ros.core.package_files import package_path
from midp_ros.launching import declared_arguments


def on_page_markdown(markdown: str, **_: Any) -> str:
    """mkdocs calls it for each page."""
    for mark, make in (("<!-- commands -->", commands), ("<!-- launch files -->", launch_files)):
        if mark in markdown:
            markdown = markdown.replace(mark, "\n".join(make()))
    return markdown


def commands() -> Iterable[str]:
    """A section for each command: its help, and its arguments and options with their defaults."""
    for name in app.COMMANDS:
        function = app.command_function(name)
        single = typer.Typer(add_completion=False)
        single.command()(function)
        yield f"## midp {name}\n\n{inspect.cleandoc(function.__doc__ or '')}\n"
        yield from parameters(typer.main.get_command(single))
        yield ""
    yield from groups()


def groups() -> Iterable[str]:
    """A section for each command of a group."""
    for name in app.GROUPS:
        group = typer.main.get_command(importlib.import_module(f"midp_ros.cli.{name}").app)
        for verb, command in group.commands.items():
            yield f"## midp {name} {verb}\n\n{command.help or ''}\n"
            yield from parameters(command)
            yield ""


def parameters(command: Any) -> Iterable[str]:
    """The table of a command's arguments and options."""
    yield "| argument or option | default | meaning |\n|---|---|---|"
    for p in command.params:
        argument = p.param_type_name == "argument"
        names = (p.name or "").upper() if argument else ", ".join((*p.opts, *p.secondary_opts))
        yield row(names, p.default, getattr(p, "help", "") or "", p.required)


def launch_files() -> Iterable[str]:
    """A section for each launch file: its arguments with their defaults."""
    for path in sorted(Path(package_path("launch")).glob("*.launch.xml")):
        yield f"## {path.name}\n\n| argument | default | meaning |\n|---|---|---|"
        for a in declared_arguments(path):
            yield row(a.name, a.default, a.description or "", a.default is None)
        yield ""


def row(name: str, default: Any, meaning: str, required: bool) -> str:
    """A line of a table; an empty default is left out."""
    empty = default is None or default is False or default == ""
    shown = "required" if required else "" if empty else f"`{default}`"
    return f"| `{name}` | {shown} | {meaning.replace('|', chr(92) + '|')} |"
