"""Episodes played side by side in processes, handed over in the order of their seeds; imports simulation and expert."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.cli.recording.players import Attempt, Step, prepare
from midp_ros.cli.recording.settings import Settings
from midp_ros.cli.workers.crew import Done, Send, Work, WorkerError
from midp_ros.cli.workers.place import Place
from midp_ros.cli.workers.sharing import TRIES, Lost, Sharing
from midp_ros.core.arrays import Picture
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import NO_IMAGES

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


class Workers:
    """Processes that play the seeds, on this machine or on others.

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
        place: Place,
    ):
        self._work, self._count, self._place = Work(begin, settings), count, place
        self._seeds, self._stop, self._report = seeds, stop, report
        self._begun: deque[int] = deque()  # in order
        self._done: dict[int, Attempt] = {}

    def attempts(self) -> Generator[Attempt, None, None]:
        """The episodes in the order of their seeds; it ends when `stop` says so and all that were begun are done.

        Raises:
            WorkerError: a process cannot work, or one seed's process died three times.
        """
        with self._place.crew(self._work, self._count) as crew:
            self._count = self._count or crew.cores
            for seed, event in Sharing(crew, self._count, self).events():
                if isinstance(event, Lost):
                    self._lost(seed, event)
                elif isinstance(event, Done):
                    self._done[seed] = event.result
                    while self._begun and self._begun[0] in self._done:
                        yield self._done.pop(self._begun.popleft())

    def ready(self) -> bool:
        """Whether another seed may be begun now."""
        return len(self._begun) < AHEAD * self._count and not self._stop(len(self._begun))

    def take(self) -> int:
        """The next seed, which is begun."""
        seed = next(self._seeds)
        self._begun.append(seed)
        return seed

    def left_over(self) -> list[Attempt]:
        """Finished episodes before which another one is missing, in the order of their seeds."""
        return [self._done[seed] for seed in sorted(self._done)]

    def _lost(self, seed: int, lost: Lost) -> None:
        died = f"{lost.worker} while it played seed {seed}"
        if not lost.again:
            raise WorkerError(f"{died}, as {TRIES - 1} others before it; fewer --workers need less memory")
        self._report(f"{died}; the seed is played again")


def begin(settings: Settings, send: Send) -> Callable[[int], Attempt]:
    """Sets up a process; returns the function that plays a seed."""
    os.environ["OMP_NUM_THREADS"] = "1"
    memory = Memory()
    player = prepare(settings, memory)

    def play(seed: int) -> Attempt:
        memory.discard()
        return Attempt.of(player(seed), memory.steps)

    return play
