"""Sets opened and written with a progress bar; imports recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.recording.formats import WRITERS, DemonstrationSet, write_set
from midp_ros.recording.formats.demonstration import Demonstration

ENDINGS = {".zarr": "zarr", ".hdf5": "hdf5", ".h5": "hdf5"}


def chosen_format(out: Path, to: str) -> str:
    """The format that was asked for, or that the name means."""
    if to and to not in WRITERS:
        raise UnknownNameError("format", to, WRITERS)
    ending = out.suffix.lower()
    if not to and ending not in ENDINGS and ending.strip(".0123456789"):  # pick_v1.2 is a name
        raise UnknownNameError("ending of a set's name", ending, [*ENDINGS, "none: a folder of MCAP episodes; or --to"])
    return to or ENDINGS.get(ending, "mcap")


def with_progress(demonstrations: DemonstrationSet, doing: str) -> Iterator[Demonstration]:
    """The set's demonstrations behind a bar."""
    with progress_bar(plain_console(stderr=True), transient=True) as progress:
        bar = progress.add_task(doing, total=len(demonstrations))
        for demonstration in demonstrations:
            yield demonstration
            progress.advance(bar)


def write(out: Path, to: str, contract: Contract, demonstrations: Iterable[Demonstration]) -> tuple[int, int]:
    """Writes a set; returns how many episodes and steps it has."""
    written = [0, 0]

    def counted() -> Iterator[Demonstration]:
        for demonstration in demonstrations:
            written[0] += 1
            written[1] += len(demonstration.episode)
            yield demonstration

    write_set(out, chosen_format(out, to), contract, counted())
    return written[0], written[1]


def tell(remarks: Iterable[str]) -> None:
    """Prints remarks, a line each."""
    for remark in remarks:
        say(remark, "yellow")
