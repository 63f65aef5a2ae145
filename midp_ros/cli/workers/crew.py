"""The seam between work and where it is done: workers, their messages, and the crew that starts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from midp_ros.core.errors import MidpError

Job = TypeVar("Job")
Send = Callable[[Any], None]


class WorkerError(MidpError):
    """A worker that cannot do its part; the results before it are whole."""


@dataclass(frozen=True)
class Work(Generic[Job]):
    """What every worker of a crew does.

    Attributes:
        begin: sets a worker up for the job, and returns the function that does one item; importable by name. What it
            passes to `send` meanwhile arrives as an Update.
    """

    begin: Callable[[Job, Send], Callable[[Any], Any]]
    job: Job


@dataclass(frozen=True)
class Ready:
    """A worker is set up and waits for its first item."""


@dataclass(frozen=True)
class Update:
    """Sent by a worker in the course of its item."""

    content: Any


@dataclass(frozen=True)
class Done:
    """A worker has done its item, and waits for the next one."""

    result: Any


@dataclass(frozen=True)
class Refused:
    """Why no worker can do this work: a user's mistake, which another try would repeat."""

    problem: str


@dataclass(frozen=True)
class Died:
    """How a worker ended that nothing had dismissed, e.g. `was killed by SIGKILL`."""

    how: str


Message = Ready | Update | Done | Refused | Died


class Worker(Protocol):
    """A process somewhere that does one item after the other."""

    @property
    def name(self) -> str:
        """For messages, e.g. `worker 1 (process 4711)`."""

    def give(self, item: Any) -> None:
        """Hands it an item; one that has died meanwhile says so when its messages are received."""


class Crew(Protocol):
    """Workers of one kind; leaving the block ends them."""

    @property
    def cores(self) -> int:
        """Of the machines that the workers run on: how many are of use."""

    def hire(self, number: int) -> Worker:
        """Starts a worker of that number, from 1; its first message is Ready."""

    def receive(self, workers: Sequence[Any]) -> list[tuple[Any, Message]]:
        """Waits until some of these workers have sent something; their messages, in order for each."""

    def dismiss(self, workers: Sequence[Any]) -> None:
        """Ends these workers, whatever they do; a training saves its checkpoint first."""

    def __enter__(self) -> Crew: ...

    def __exit__(self, *_: object) -> None: ...
