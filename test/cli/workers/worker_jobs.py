"""Work for the tests of the workers, which their processes import by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from midp_ros.cli.workers.crew import Send
from midp_ros.core.errors import MidpError


def squares(folder: str, send: Send) -> Callable[[int], int]:
    """Squares of numbers, each noted in the folder.

    3 kills its first process, 13 every one, 99 never ends, and 77 ends when it is asked to, as a training does.
    """
    own = Path(folder) / f"process_{os.getpid()}"
    own.touch()

    def do(number: int) -> int:
        send(-number)
        killed = Path(folder) / f"killed_at_{number}"
        if number == 13 or (number == 3 and not killed.exists()):
            killed.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        while number == 99:
            time.sleep(0.01)
            send(-number)  # notices here that the starting process is gone
        if number == 77:
            asked: list[int] = []
            signal.signal(signal.SIGTERM, lambda received, frame: asked.append(received))
            send("waits")
            while not asked:
                time.sleep(0.01)
            send("saved")
        with (Path(folder) / "done").open("a") as file:
            file.write(f"{number}\n")
        return number * number

    return do


def much(job: None, send: Send) -> Callable[[int], bytes]:
    """So many bytes, more than a pipe takes at once."""
    return bytes


def spared(job: None, send: Send) -> Callable[[int], bool]:
    """Whether Ctrl-C does not reach the process."""
    return lambda number: signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


LOCKS = []


def with_a_lock(job: None, send: Send) -> Callable[[int], int]:
    """Squares, by a library that keeps a lock for processes, as tqdm's progress bars do."""
    LOCKS.append(get_context("spawn").RLock())
    return lambda number: number * number


def refused(job: None, send: Send) -> Callable[[int], int]:
    """A job that cannot be done."""
    raise MidpError("there is no such task")


def still_born(job: None, send: Send) -> Callable[[int], int]:
    """A process that dies while it is set up."""
    os._exit(3)


def alive(process: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def processes(folder: Path) -> list[int]:
    """Ids of the processes that were set up for `squares`."""
    return [int(path.name.removeprefix("process_")) for path in folder.glob("process_*")]


def wait_until(true: Callable[[], bool], limit_s: float = 60.0) -> bool:
    """Whether it becomes true."""
    end_s = time.monotonic() + limit_s
    while not true() and time.monotonic() < end_s:
        time.sleep(0.02)
    return true()
