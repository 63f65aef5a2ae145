"""Episodes played side by side in processes, handed over in the order of their seeds; imports simulation and expert."""

from __future__ import annotations

import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.cli.evaluation.side_by_side import sigint_blocked
from midp_ros.cli.evaluation.work_sharing import WorkerError
from midp_ros.cli.recording.settings import Attempt, Settings, Step, prepare
from midp_ros.core.arrays import Picture
from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError
from midp_ros.core.protocols import NO_IMAGES

TRIES = 3  # of a seed whose process dies
AHEAD = 3  # seeds begun per process before the first of them is done


@dataclass
class Memory:
    """A core.protocols.Recorder that keeps the running episode's steps."""

    steps: list[Step] = field(default_factory=list)

    def start(self, contract: Contract, info: dict[str, Any]) -> None:
        """Begins an episode."""
        self.steps = []

    def step(
        self, time_s: float, observation: ArrayLike, action: ArrayLike, images: Mapping[str, Picture] = NO_IMAGES
    ) -> None:
        """Adds one control step."""
        self.steps.append((float(time_s), np.array(observation, float), np.array(action, float), dict(images)))

    def finish(self, info: dict[str, Any]) -> None:
        """The steps stay until the next start."""

    def discard(self) -> None:
        """Drops the steps."""
        self.steps = []


@dataclass
class Worker:
    """A process that plays one seed after the other.

    Attributes:
        number: from 1.
        seed: which it plays; None while it waits.
    """

    number: int
    process: Any
    connection: Connection
    seed: int | None = None

    @classmethod
    def begin(cls, number: int, settings: Settings) -> Worker:
        """Starts the process; Ctrl-C does not reach it."""
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(settings, theirs), daemon=True)
        with sigint_blocked():
            process.start()
        theirs.close()
        return cls(number, process, ours)

    def play(self, seed: int) -> None:
        """Hands it a seed."""
        self.seed = seed
        try:
            self.connection.send(seed)
        except BrokenPipeError:
            pass  # it has died; the next look at it notices

    def end(self) -> None:
        """Ends the process, whatever it does."""
        self.process.terminate()
        self.process.join()
        self.connection.close()


class Workers:
    """Processes that play the seeds; leaving the block ends them.

    A process that dies is named by `report`, and another one plays its seed again.

    Args:
        seeds: to play, in order.
        stop: from the number of seeds that are begun and not handed over yet to whether no further one shall be
            begun; those that are begun are played to their end.
    """

    def __init__(
        self,
        settings: Settings,
        count: int,
        seeds: Iterator[int],
        stop: Callable[[int], bool],
        report: Callable[[str], None],
    ):
        self._settings, self._count, self._seeds, self._stop, self._report = settings, count, seeds, stop, report
        self._workers: list[Worker] = []
        self._begun: deque[int] = deque()  # in order
        self._again: deque[int] = deque()  # whose process died
        self._done: dict[int, Attempt] = {}
        self._deaths: Counter[int] = Counter()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()

    def attempts(self) -> Iterator[Attempt]:
        """The episodes in the order of their seeds; it ends when `stop` says so and all that were begun are done.

        Raises:
            WorkerError: a process cannot work, or one seed's process died three times.
        """
        while True:
            self._hand_out()  # which begins a process when there is something to play
            while self._begun and self._begun[0] in self._done:
                yield self._done.pop(self._begun.popleft())
            busy = {worker.connection: worker for worker in self._workers if worker.seed is not None}
            if not busy and not self._begun:
                return
            for ready in wait(list(busy)):
                self._receive(busy[cast("Connection", ready)])

    def left_over(self) -> list[Attempt]:
        """Finished episodes before which another one is missing, in the order of their seeds."""
        return [self._done[seed] for seed in sorted(self._done)]

    def _hand_out(self) -> None:
        for number in range(self._count):
            if number < len(self._workers) and self._workers[number].seed is not None:
                continue
            if self._again:
                seed = self._again.popleft()
            elif not self._stop(len(self._begun)) and len(self._begun) < AHEAD * self._count:
                seed = next(self._seeds)
                self._begun.append(seed)
            else:
                return
            if number == len(self._workers):
                self._workers.append(Worker.begin(number + 1, self._settings))
            self._workers[number].play(seed)

    def _receive(self, worker: Worker) -> None:
        seed = worker.seed
        assert seed is not None
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            self._replace(worker, seed)
            return
        if isinstance(message, str):
            raise WorkerError(message)
        worker.seed, self._done[seed] = None, message

    def _replace(self, worker: Worker, seed: int) -> None:
        worker.process.join()
        code = worker.process.exitcode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        died = f"worker {worker.number} (process {worker.process.pid}) {how} while it played seed {seed}"
        self._deaths[seed] += 1
        if self._deaths[seed] >= TRIES:
            raise WorkerError(f"{died}, as {TRIES - 1} others before it; fewer --workers need less memory")
        self._report(f"{died}; the seed is played again")
        worker.end()
        self._workers[worker.number - 1] = Worker.begin(worker.number, self._settings)
        self._again.append(seed)


def _work(settings: Settings, connection: Connection) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        memory = Memory()
        player = prepare(settings, memory)
        while True:
            seed = connection.recv()
            memory.discard()
            connection.send(Attempt.of(player(seed), memory.steps))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the starting process is gone
    except MidpError as e:
        connection.send(str(e))
