"""The thread that inference runs on; imports nothing of ours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]


class InferenceThread:
    """Runs jobs one at a time and in order. A job that never returns does not keep the process from ending."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[tuple[Job, threading.Event]] = SimpleQueue()
        threading.Thread(target=self._run, name="inference", daemon=True).start()

    def submit(self, job: Job) -> threading.Event:
        """Has a job run when those before it are done; it must not raise.

        Returns:
            is set when the job has been done.
        """
        done = threading.Event()
        self._jobs.put((job, done))
        return done

    def _run(self) -> None:
        while True:
            self._do(*self._jobs.get())  # a call of its own, so that between jobs nothing is kept alive

    @staticmethod
    def _do(job: Job, done: threading.Event) -> None:
        job()
        done.set()
