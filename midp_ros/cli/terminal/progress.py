"""The progress bars of long commands; imports rich only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from midp_ros.cli.terminal.console import plain_console


def progress_bar(console: Console | None = None, transient: bool = False) -> Progress:
    """A bar with counts, elapsed and remaining time; it stays off where the output is no terminal."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
        console=console or plain_console(), transient=transient,
    )  # fmt: skip


@contextmanager
def waiting_bar(description: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr that disappears at the end; yields the function that sets it, from 0 to 1."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=plain_console(stderr=True), transient=True) as progress:
        bar = progress.add_task(description, total=1.0)
        yield lambda done: progress.update(bar, completed=done)
