"""Results of an evaluation of any task, and the collection of its episodes; imports core and rich."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.cli.workers.crew import WorkerError


@dataclass(frozen=True)
class Stopped:
    """Why an evaluation ended: complete, interrupted, or with a process's failure."""

    interrupted: bool = False
    problem: str = ""

    @property
    def complete(self) -> bool:
        """Whether every episode was run."""
        return not (self.interrupted or self.problem)

    def give_up(self) -> NoReturn:
        """Raises the problem."""
        raise WorkerError(self.problem)


@dataclass(frozen=True)
class Outcome:
    """An evaluation's results.

    Attributes:
        report: plain data, as --json writes it.
        sentence: all figures in a line.
        headline, good, tiles: the conclusion, whether it is a good one, and figures with their names.
        headings, rows: a row for every episode.
        draw: draws the worst episodes: (caption, GIF), the worst first.
        stopped: why it ended.
        wanted: episodes asked for.
    """

    report: dict[str, Any]
    sentence: str
    headline: str
    good: bool
    tiles: list[tuple[str, str]]
    headings: Sequence[str]
    rows: list[list[str]]
    draw: Callable[[], list[tuple[str, bytes]]]
    stopped: Stopped
    wanted: int


def collect(results: Iterable[Any], total: int, description: str, take: Callable[[Any], None]) -> Stopped:
    """Takes results with a progress bar until they end, Ctrl-C comes or a process fails: what there is stays."""
    with progress_bar() as progress:
        bar = progress.add_task(description, total=total)
        try:
            for result in results:
                take(result)
                progress.advance(bar, len(result) if isinstance(result, list) else 1)
        except KeyboardInterrupt:
            return Stopped(interrupted=True)
        except WorkerError as e:
            return Stopped(problem=str(e))
    return Stopped()
