"""Terminal output in which texts appear as they are written: "[s]" and "midp_ros[pusht]" are no markup.

Imports rich.
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text


def plain_console(stderr: bool = False, quiet: bool = False) -> Console:
    """Console that prints square brackets as such and colours nothing by itself; a quiet one prints nothing."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, quiet=quiet)


def say(text: str, style: str = "", console: Console | None = None) -> None:
    """Prints a line, however long; paths in it can be copied."""
    (console or plain_console()).print(Text(text, style), soft_wrap=True)


def warn(text: str, console: Console | None = None) -> None:
    """Prints a warning in one line."""
    (console or plain_console()).print(Text.assemble(("warning: ", "yellow"), text), soft_wrap=True)


def complain(text: str) -> None:
    """Prints an error in one line on stderr."""
    plain_console(stderr=True).print(Text.assemble(("error: ", "bold red"), text), soft_wrap=True)
