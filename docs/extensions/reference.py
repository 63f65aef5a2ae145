"""An mkdocs hook for the reference pages: tables of what `midp` and the launch files declare.

They replace the comment `<!-- commands -->` or `<!-- launch files -->` of a page.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

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
    """A section for each command, those of groups too: its help, and its arguments and options with their defaults."""
    for name, command in walk("midp", app.command_line()):
        yield f"## {name}\n\n{plain(command.help)}\n"
        yield from parameters(command)
        yield ""


def walk(name: str, command: Any) -> Iterable[tuple[str, Any]]:
    """All commands below one, by their whole names."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for verb, inner in command.commands.items():
        yield from walk(f"{name} {verb}", inner)


def plain(help_text: str | None) -> str:
    """A help text without the marks that keep its square brackets in a terminal."""
    return inspect.cleandoc(help_text or "").replace("\\[", "[")


def parameters(command: Any) -> Iterable[str]:
    """The table of a command's arguments and options."""
    yield "| argument or option | default | meaning |\n|---|---|---|"
    for p in command.params:
        argument = p.param_type_name == "argument"
        names = (p.name or "").upper() if argument else ", ".join((*p.opts, *p.secondary_opts))
        yield row(names, p.default, plain(getattr(p, "help", "")), p.required)


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
