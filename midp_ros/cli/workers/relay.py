"""A local worker on another machine, whose messages are passed on as they are; imports core."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from midp_ros.cli.workers.crew import Refused, Work
from midp_ros.cli.workers.local import LocalWorker
from midp_ros.core.errors import MidpError


@dataclass(frozen=True)
class Setup:
    """What a worker elsewhere needs to be like one of here.

    Attributes:
        number: of the worker.
        folder: in which the command runs; relative paths are meant from there.
        path: Python's, where it exists there, too.
        work: pickled.
    """

    number: int
    folder: str
    path: list[str]
    work: bytes

    @classmethod
    def here(cls, number: int, work: Work[Any]) -> Setup:
        """Of this process."""
        return cls(number, os.getcwd(), list(sys.path), pickle.dumps(work))


class Relay:
    """The process and its pipe; `receive` and the other methods may be called from different threads.

    Attributes:
        died: whether the process has ended by itself, and `receive` has said so.
    """

    def __init__(self, setup: Setup):
        self._worker: LocalWorker | None = None
        self.died = False
        self._messages: list[bytes] = []
        try:
            self._begin(setup)
        except MidpError as e:
            self._messages = [dumped(Refused(str(e)))]

    def _begin(self, setup: Setup) -> None:
        if not Path(setup.folder).is_dir():
            raise MidpError(f"{os.uname().nodename} has no folder {setup.folder}; it must be shared with all machines")
        os.chdir(setup.folder)
        sys.path += [entry for entry in setup.path if entry not in sys.path]
        # Else the process would load this one's main script, which belongs to Ray or to Slurm's job.
        main = sys.modules["__main__"]
        main.__spec__, main.__file__ = None, None
        self._worker = LocalWorker.begin(setup.number, pickle.loads(setup.work))

    def where(self) -> str:
        """Process and machine."""
        process = self._worker.process.pid if self._worker else os.getpid()
        return f"process {process} on {os.uname().nodename}"

    def give(self, item: bytes) -> None:
        """Passes an item on."""
        if self._worker:
            try:
                self._worker.connection.send_bytes(item)
            except (BrokenPipeError, ConnectionResetError):
                pass  # `receive` says so

    def receive(self, timeout_s: float | None = None) -> list[bytes]:
        """Waits for messages; none after the timeout. The last one of a process that died says so."""
        found, self._messages = self._messages, []
        if found or not self._worker:
            return found
        connection = self._worker.connection
        if not connection.poll(timeout_s):
            return found
        try:
            while not found or connection.poll():
                found.append(connection.recv_bytes())
        except (EOFError, OSError):
            self.died = True
            found.append(dumped(self._worker.death()))
        return found

    def end(self) -> None:
        """Ends the process; a training saves its checkpoint first."""
        if self._worker:
            self._worker.terminate()
            self._worker.process.join()


def dumped(message: Any) -> bytes:
    """As multiprocessing's pipes pickle it."""
    return bytes(ForkingPickler.dumps(message))
