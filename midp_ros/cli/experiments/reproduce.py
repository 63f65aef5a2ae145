"""`midp reproduce`: measures what a text claims, and writes a page with the verdict."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table as RichTable

from midp_ros.cli.experiments import parts_crew
from midp_ros.cli.terminal.console import plain_console, say, warn
from midp_ros.cli.terminal.interrupt import every_stop_interrupts, quiet_loading
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.files.output import lock_folder, require_writable_folder

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import TaskID

    from midp_ros.reproduce.kept import Kept
    from midp_ros.reproduce.study import Page, Part, Study

GOES_ON = "interrupted; the same command goes on with the parts that are not done"


def reproduce(
    name: Annotated[str, typer.Argument(help="Of a study; `midp list studies` shows them.")],
    quick: Annotated[
        bool, typer.Option("--quick", help="Smaller and shorter: within ten minutes on two cores.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder; by default docs/results/NAME, with --quick docs/results/NAME/quick.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Name of a part, with * and ?; may be given repeatedly.")
    ] = None,
    report_only: Annotated[bool, typer.Option("--report-only", help="Only write the page anew.")] = False,
    jobs: Annotated[int, typer.Option(min=0, help="Parts side by side; 0: one per core.")] = 1,
) -> None:
    """Measure what a text claims: figures, a table, and a page with the verdict.

    The same command goes on where it was stopped: finished parts stay. Exit code 1 where a part failed, or none is
    done.
    """
    console = plain_console()
    with quiet_loading():
        from midp_ros.core.seams import STUDIES
        from midp_ros.reproduce.kept import chosen
        from midp_ros.reproduce.page import require_own_folder

        study = STUDIES.load(name)
        parts = study.parts(quick)
        selected = chosen(parts, only or [])
    folder = require_writable_folder(out or Path("docs", "results", study.name, *(["quick"] if quick else [])))
    require_own_folder(study, folder)
    _lock = lock_folder(folder)  # until this function returns
    with every_stop_interrupts():
        ending = Ending() if report_only else _run(study, quick, selected, folder, jobs, console)
    written = _report(study, parts, folder, quick, report_only, console)
    if ending.failures:
        say("not done:\n" + "\n".join(f"  {f}" for f in ending.failures), "red", console)
    if ending.interrupted:
        say(GOES_ON, console=console)
        raise typer.Exit(128 + signal.SIGINT)
    if ending.failures or not written:
        raise typer.Exit(1)


@dataclass
class Ending:
    """Why some parts were not finished, and whether an interruption ended them."""

    failures: list[str] = field(default_factory=list)
    interrupted: bool = False


def _run(study: Study, quick: bool, parts: Sequence[Part], folder: Path, jobs: int, console: Console) -> Ending:
    """Runs the parts that have no result of the present settings; a failing one ends none."""
    from midp_ros.reproduce.kept import state_of

    states = {part.name: state_of(part, folder) for part in parts}
    missing = [part for part in parts if not states[part.name].kept]
    for part in missing:
        if states[part.name].reason:
            warn(f"{states[part.name].reason}; {part.name} is run again", console)
    say(f"{len(parts) - len(missing)} of {len(parts)} parts are done", console=console)
    ending = Ending()
    with progress_bar(console) as progress:
        bars: dict[str, TaskID] = {}

        def progressed(part: Part, done: int, total: int, what: str) -> None:
            if part.name not in bars:
                bars[part.name] = progress.add_task(part.name, total=None)
            progress.update(bars[part.name], description=f"{part.name}: {what}", completed=done, total=total)

        def ended(part: Part, how: parts_crew.Ended) -> None:
            if part.name in bars:
                progress.remove_task(bars.pop(part.name))
            if how.failure:
                ending.failures.append(f"{part.name}: {how.failure}")
                if how.trace:
                    say(how.trace, console=progress.console)
            else:
                say(f"{part.name}: {how.seconds:.0f} s", console=progress.console)

        try:
            if jobs == 1:
                for part in missing:
                    ended(part, parts_crew.work(part, folder, partial(progressed, part)))
            else:
                job = parts_crew.Job(study.name, quick, folder)
                parts_crew.side_by_side(job, missing, jobs, progressed, ended)
        except KeyboardInterrupt:
            ending.interrupted = True
    return ending


def _report(study: Study, parts: Sequence[Part], folder: Path, quick: bool, only: bool, console: Console) -> bool:
    """Writes the page of the parts that are done, prints its tables and verdict; returns whether there is any.

    Args:
        only: whether nothing was run before: then it says which results do not count.
    """
    from midp_ros.reproduce.kept import state_of
    from midp_ros.reproduce.page import write_page

    states = {part.name: state_of(part, folder) for part in parts}
    kept: dict[str, Kept] = {name: state.kept for name, state in states.items() if state.kept}
    for name, state in states.items():
        if only and state.reason:
            warn(f"{state.reason}; {name} counts as not done", console)
    if not kept:
        say("no part is done: there is nothing to write a page of", "yellow", console)
        return False
    page = study.page({name: one.result for name, one in kept.items()}, folder, quick)
    path = write_page(study, page, kept, [name for name in states if name not in kept], folder, quick)
    _print(page, console)
    say(f"page: {path}", console=console)
    return True


def _print(page: Page, console: Console) -> None:
    from midp_ros.reproduce.study import Table

    for block in page.found:
        if isinstance(block, Table):
            table = RichTable(*block.head, title=block.title or None, title_justify="left", box=None)
            for row in block.rows:
                table.add_row(*row)
            console.print(table)
    say(page.verdict.strip(), console=console)
