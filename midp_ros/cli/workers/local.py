"""Workers as processes of this machine; imports the standard library and core."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, cast

from midp_ros.cli.workers.crew import Died, Done, Message, Ready, Refused, Update, Work
from midp_ros.core.errors import MidpError

FROM_TERMINAL = (signal.SIGINT, signal.SIGHUP)  # go to all processes of a command


@dataclass
class LocalWorker:
    """A process of this machine and the pipe to it."""

    number: int
    process: Any
    connection: Connection
    waits: bool = False
    """For an item: what ends it is then its pipe's end, with all clearing up, e.g. of other libraries' locks."""

    @classmethod
    def begin(cls, number: int, work: Work[Any]) -> LocalWorker:
        """Starts the process; neither Ctrl-C nor the terminal's end reaches it."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(work, theirs))
        resource_tracker.ensure_running()  # with the first process it would start itself, and unblock the signal
        with interruptions_blocked():  # inherited
            process.start()
        theirs.close()
        return cls(number, process, ours)

    @property
    def name(self) -> str:
        """Number and process id."""
        return f"worker {self.number} (process {self.process.pid})"

    def give(self, item: Any) -> None:
        """Hands it an item."""
        self.waits = False
        try:
            self.connection.send(item)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has died; `receive` says so

    def death(self) -> Died:
        """How the process ended, once its pipe is closed."""
        self.process.join()
        code = self.process.exitcode
        return Died(f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}")

    def terminate(self) -> None:
        """Asks the process to end: a training saves its checkpoint first, and then finds no further item."""
        if not self.waits:
            self.process.terminate()
        with suppress(OSError), socket.socket(fileno=os.dup(self.connection.fileno())) as pipe:
            pipe.shutdown(socket.SHUT_WR)  # what it still sends must not fail

    def join(self) -> None:
        """Waits for its end."""
        self.process.join()
        self.connection.close()


class LocalCrew:
    """A core.protocols-like Crew of processes. A process that dies takes no other with it.

    If this process is killed, theirs get an error from their next message and end.
    """

    def __init__(self, work: Work[Any]):
        self._work, self._hired = work, list[LocalWorker]()

    @property
    def cores(self) -> int:
        """Of this machine."""
        return usable_cores()

    def hire(self, number: int) -> LocalWorker:
        """Starts a process."""
        worker = LocalWorker.begin(number, self._work)
        self._hired.append(worker)
        return worker

    def receive(self, workers: Sequence[LocalWorker]) -> list[tuple[LocalWorker, Message]]:
        """Waits for messages; one of each worker that has any."""
        by_connection = {worker.connection: worker for worker in workers}
        found = []
        for ready in wait(list(by_connection)):
            worker = by_connection[cast("Connection", ready)]
            try:
                message = worker.connection.recv()
            except (EOFError, OSError):  # OSError: it was killed in the midst of a message
                message = worker.death()
            worker.waits = isinstance(message, Ready | Done)
            found.append((worker, message))
        return found

    def dismiss(self, workers: Sequence[LocalWorker]) -> None:
        """Ends processes, all at the same time."""
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()
            self._hired.remove(worker)

    def __enter__(self) -> LocalCrew:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss(list(self._hired))


def usable_cores() -> int:
    """Of this machine, those that this process may use: a job or a container may have fewer than there are."""
    return len(os.sched_getaffinity(0))


def _serve(work: Work[Any], connection: Connection) -> None:
    try:
        do = work.begin(work.job, lambda content: connection.send(Update(content)))
        connection.send(Ready())
        while True:
            connection.send(Done(do(connection.recv())))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the starting process is gone
    except MidpError as e:
        connection.send(Refused(str(e)))


@contextmanager
def interruptions_blocked() -> Iterator[None]:
    """An interruption meanwhile comes at the end; processes started here never see one.

    They inherit the mask of this thread. Another thread may still take the signal, so its handler waits, too.
    """
    received: list[int] = []
    main = threading.current_thread() is threading.main_thread()
    handlers = {n: handler for n in FROM_TERMINAL if main and callable(handler := signal.getsignal(n))}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, FROM_TERMINAL)
    for number in handlers:
        signal.signal(number, lambda number, frame: received.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    for each in received:
        signal.raise_signal(each)
