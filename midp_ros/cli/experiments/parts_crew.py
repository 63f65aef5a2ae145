"""The parts of a study, one after the other or side by side; imports the workers, and reproduce where they work."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midp_ros.cli.workers.crew import Done, Work
from midp_ros.cli.workers.local import LocalCrew
from midp_ros.cli.workers.sharing import Lost, Sharing
from midp_ros.core.errors import MidpError

if TYPE_CHECKING:
    from midp_ros.reproduce.study import Part, Report


@dataclass(frozen=True)
class Ended:
    """A part's end: how long it took [s], or why it failed, with the trace where that was no error of ours."""

    seconds: float = 0.0
    failure: str = ""
    trace: str = ""


@dataclass(frozen=True)
class Job:
    """Whose parts, and where their results go."""

    study: str
    quick: bool
    folder: Path


def work(part: Part, folder: Path, report: Report) -> Ended:
    """Does a part and keeps its result."""
    from midp_ros.reproduce.kept import work_through

    try:
        return Ended(work_through(part, folder, report).seconds)
    except MidpError as e:
        return Ended(failure=str(e))
    except Exception as e:  # of a measurement: the others go on
        return Ended(failure=f"{type(e).__name__}: {e}", trace=traceback.format_exc().rstrip())


def side_by_side(
    job: Job,
    parts: Sequence[Part],
    count: int,
    progressed: Callable[[Part, int, int, str], None],
    ended: Callable[[Part, Ended], None],
) -> None:
    """Does parts in so many processes; 0: one per core.

    Args:
        progressed: called with what each part reports.

    Raises:
        WorkerError: a process cannot be started.
    """
    named = {part.name: part for part in parts}
    waiting = _Waiting(parts)
    with LocalCrew(Work(begin, job)) as crew:
        for name, event in Sharing(crew, min(len(parts), count or crew.cores), waiting).events():
            part = named[name]
            if isinstance(event, Done):
                waiting.over(name)
                ended(part, event.result)
            elif isinstance(event, Lost):
                if not event.again:
                    waiting.over(name)
                    ended(part, Ended(failure=f"{event.worker}, for the last time"))
            else:
                progressed(part, *event.content)


def begin(job: Job, send: Callable[[Any], None]) -> Callable[[str], Ended]:
    """Sets up a process of one job."""
    from midp_ros.core.seams import STUDIES

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the starting process's to handle
    named = {part.name: part for part in STUDIES.load(job.study).parts(job.quick)}
    return lambda name: work(named[name], job.folder, lambda *progress: send(progress))


class _Waiting:
    """Items: names of parts, each once the part that it comes after is over."""

    def __init__(self, parts: Sequence[Part]):
        self._left, self._open = list(parts), {part.name for part in parts}

    def ready(self) -> bool:
        return any(part.after not in self._open for part in self._left)

    def take(self) -> str:
        part = next(part for part in self._left if part.after not in self._open)
        self._left.remove(part)
        return part.name

    def over(self, name: str) -> None:
        self._open.discard(name)
