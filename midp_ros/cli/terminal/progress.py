"""The progress bars of long commands; imports rich only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from midp_ros.cli.terminal.console import plain_console


class SpeedAndEnd(ProgressColumn):
    """How many units a second are done, and the time of day at which the last one will be."""

    def __init__(self, unit: str):
        super().__init__(Column(no_wrap=True))  # a narrow terminal shortens the bar instead
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Empty until the speed is known."""
        speed = task.finished_speed or task.speed
        if not speed or task.remaining is None:
            return Text("")
        return Text(f"{speed:.1f} {self._unit}/s, {ends_at(task.remaining / speed)}")


def ends_at(seconds_left: float) -> str:
    """The end's time, e.g. `ends 14:32`, with its day where that is another one."""
    now = datetime.now()
    end = now + timedelta(seconds=seconds_left)
    return f"ends {end:%H:%M}" if end.date() == now.date() else f"ends {end:%a %d %b %H:%M}"


def progress_bar(console: Console | None = None, transient: bool = False, unit: str = "") -> Progress:
    """A bar with counts, elapsed and remaining time; it stays off where the output is no terminal.

    Args:
        unit: of what is counted, e.g. `steps`: shows the speed and the end's time instead of the remaining one.
    """
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), SpeedAndEnd(unit) if unit else TimeRemainingColumn(),
        console=console or plain_console(), transient=transient,
    )  # fmt: skip


@contextmanager
def reading_bar(what: str, console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar of episodes that disappears at the end; yields the function that sets it to how many are done, of how many.

    The cursor stays visible: while data is read, an interruption ends the process at once (`quiet_loading`).
    """
    if not console.is_terminal:
        yield lambda done, total: None
        return
    with progress_bar(console, transient=True, unit="episodes") as progress:
        console.show_cursor()
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)


@contextmanager
def waiting_bar(description: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr that disappears at the end; yields the function that sets it, from 0 to 1."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=plain_console(stderr=True), transient=True) as progress:
        bar = progress.add_task(description, total=1.0)
        yield lambda done: progress.update(bar, completed=done)
