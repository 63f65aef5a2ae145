"""Items shared out to a crew: each worker takes the next one when it is done; those of the dead are done again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from midp_ros.cli.workers.crew import Crew, Died, Done, Job, Ready, Refused, Send, Update, Work, Worker, WorkerError
from midp_ros.cli.workers.place import HERE, Place

Item = TypeVar("Item")
Taken = TypeVar("Taken", covariant=True)
Result = TypeVar("Result")
TRIES = 3  # of an item whose worker dies; and of workers, one after the other, that die before their first item


@dataclass(frozen=True)
class Lost:
    """A worker died with its item.

    Attributes:
        worker: its name and how it ended.
        again: whether another worker does the item; not after three deaths.
    """

    worker: str
    again: bool


class Items(Protocol[Taken]):
    """The items in their order; a source may have none at the moment and some later."""

    def ready(self) -> bool:
        """Whether there is one to take."""

    def take(self) -> Taken:
        """The next one."""


class Listed(Generic[Item]):
    """Items that are known from the start."""

    def __init__(self, items: Iterable[Item]):
        self._left = deque(items)

    def ready(self) -> bool:
        """Whether one is left."""
        return bool(self._left)

    def take(self) -> Item:
        """The next one."""
        return self._left.popleft()


@dataclass
class _Entry(Generic[Item]):
    item: Item
    deaths: int = 0


class Sharing(Generic[Item]):
    """The course of one piece of work.

    An item is given to a worker that waits for one, never to one that still starts: a job in Slurm's queue keeps
    nothing from being done.

    Args:
        count: workers side by side.
        fresh: a new worker for each item.
    """

    def __init__(self, crew: Crew, count: int, items: Items[Item], fresh: bool = False):
        self._crew, self._count, self._items, self._fresh = crew, count, items, fresh
        self._workers: dict[int, Worker] = {}  # by number
        self._waiting: deque[int] = deque()
        self._doing: dict[int, _Entry[Item]] = {}
        self._again: deque[_Entry[Item]] = deque()
        self._still_born = 0

    def events(self) -> Generator[tuple[Item, Update | Done | Lost], None, None]:
        """Yields what becomes of the items; it ends when none is ready and all that were given are done.

        Raises:
            WorkerError: no worker can do the work, or three of them died before they began.
        """
        while True:
            self._hand_out()
            if not self._doing and not self._left():
                return
            active = [w for n, w in self._workers.items() if n not in self._waiting]
            for worker, message in self._crew.receive(active):
                number = next(n for n, w in self._workers.items() if w is worker)
                if isinstance(message, Ready):
                    self._still_born = 0
                    self._waiting.append(number)
                elif isinstance(message, Update):
                    yield self._doing[number].item, message
                elif isinstance(message, Done):
                    item = self._doing.pop(number).item
                    self._waiting.append(number)
                    if self._fresh:
                        self._dismiss(number)
                    yield item, message
                elif isinstance(message, Refused):
                    raise WorkerError(message.problem)
                else:
                    yield from self._died(number, message)

    def _left(self) -> bool:
        return bool(self._again) or self._items.ready()

    def _hand_out(self) -> None:
        while self._waiting and self._left():
            number = self._waiting.popleft()
            entry = self._again.popleft() if self._again else _Entry(self._items.take())
            self._doing[number] = entry
            self._workers[number].give(entry.item)
        for number in range(1, self._count + 1):
            if self._left() and number not in self._workers:
                self._workers[number] = self._crew.hire(number)

    def _dismiss(self, number: int) -> None:
        if number in self._waiting:
            self._waiting.remove(number)
        self._crew.dismiss([self._workers.pop(number)])

    def _died(self, number: int, message: Died) -> Iterator[tuple[Item, Lost]]:
        worker = f"{self._workers[number].name} {message.how}"
        self._dismiss(number)
        if number not in self._doing:
            self._still_born += 1
            if self._still_born >= TRIES:
                raise WorkerError(f"{worker} before it began, as {TRIES - 1} others before it")
            return
        entry = self._doing.pop(number)
        entry.deaths += 1
        again = entry.deaths < TRIES
        if again:
            self._again.append(entry)
        yield entry.item, Lost(worker, again)


def share_out(
    begin: Callable[[Job, Send], Callable[[Item], Result]],
    job: Job,
    items: Sequence[Item],
    processes: int,
    place: Place = HERE,
) -> Iterator[Result]:
    """Yields the items' results as they come, each computed by one of the workers.

    Args:
        begin: see Work.
        processes: workers side by side; 0 takes one per core.

    Raises:
        WorkerError: the work cannot be done, or three workers died with the same item.
    """
    from midp_ros.cli.terminal.console import warn

    with place.crew(Work(begin, job), min(processes, len(items))) as crew:
        count = min(len(items), processes or crew.cores)
        for _, event in Sharing(crew, count, Listed(items)).events():
            if isinstance(event, Done):
                yield event.result
            elif isinstance(event, Lost):
                if not event.again:
                    others = f"{TRIES - 1} others before it with the same episode"
                    raise WorkerError(f"{event.worker}, as {others}{_cause(event)}")
                warn(f"{event.worker}; its episode is run again")


def _cause(lost: Lost) -> str:
    return ": possibly out of memory; fewer --jobs need less" if lost.worker.endswith("SIGKILL") else ""
