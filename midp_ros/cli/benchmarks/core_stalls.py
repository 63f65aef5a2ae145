"""How long the machine's cores stood still: time that a hypervisor or a driver took from every process.

A thread of the highest priority on each core looks at the clock; what makes it late is not the load. A message that was
lost while a core stood still is not the recorder's fault. Imports the standard library.
"""

from __future__ import annotations

import os
import threading
import time
from types import TracebackType

LOOK_S, PRIORITY = 0.01, 90


class CoreStalls:
    """Watches every core of this process, as a context.

    Attributes:
        longest_s: the longest stall so far [s]; NaN where real-time priority is not allowed, as then load counts, too.
    """

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._watch, args=(core,)) for core in os.sched_getaffinity(0)]

    def __enter__(self) -> CoreStalls:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _watch(self, core: int) -> None:
        try:
            os.sched_setaffinity(0, {core})  # of this thread alone
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        except OSError:
            self.longest_s = float("nan")
            return
        due_s = time.monotonic()
        while not self._ended.is_set():
            time.sleep(LOOK_S)
            due_s += LOOK_S
            late_s = time.monotonic() - due_s
            due_s += max(0.0, late_s)
            if late_s > self.longest_s:  # never where it is NaN
                self.longest_s = late_s
