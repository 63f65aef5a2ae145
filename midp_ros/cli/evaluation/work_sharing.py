"""Items shared out to processes, each taking the next one when it is done; imports core and the neighbouring module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

from midp_ros.cli.evaluation.side_by_side import Ended, side_by_side
from midp_ros.core.errors import MidpError

Job = TypeVar("Job")
Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerError(MidpError):
    """A process that could not do its part; the results before it are whole."""


@dataclass(frozen=True)
class _Problem:
    text: str


@dataclass(frozen=True)
class _Share(Generic[Job, Item, Result]):
    begin: Callable[[Job], Callable[[Item], Result]]
    job: Job
    items: Sequence[Item]
    taken: Any  # a number that the processes share

    def next_item(self) -> Item | None:
        with self.taken.get_lock():
            number = self.taken.value
            self.taken.value += 1
        return self.items[number] if number < len(self.items) else None


def _work(share: _Share[Any, Any, Any], connection: Connection) -> None:
    try:
        do = share.begin(share.job)
        while (item := share.next_item()) is not None:
            connection.send(do(item))
    except BrokenPipeError:
        return  # the starting process is gone
    except MidpError as e:
        connection.send(_Problem(str(e)))


def share_out(
    begin: Callable[[Job], Callable[[Item], Result]], job: Job, items: Sequence[Item], processes: int
) -> Iterator[Result]:
    """Yields the items' results as they come, each computed in one of the processes.

    Args:
        begin: sets up a process for the job, and returns the function that does one item; importable by name.
        processes: side by side; 0 takes one per core.

    Raises:
        WorkerError: a process failed or was killed.
    """
    count = min(len(items), processes or os.cpu_count() or 1)
    share = _Share(begin, job, items, get_context("spawn").Value("q", 0))
    for _, message in side_by_side(_work, [share] * count, count):
        if isinstance(message, _Problem):
            raise WorkerError(message.text)
        if isinstance(message, Ended):
            if message.exit_code:
                raise WorkerError(f"a process ended with status {message.exit_code}{_cause(message.exit_code)}")
        else:
            yield message


def _cause(exit_code: int) -> str:
    return ": killed, possibly out of memory; fewer --jobs need less" if exit_code == -9 else ""
