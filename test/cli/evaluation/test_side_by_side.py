"""Work in processes of its own: order, limits, and what a death takes with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from midp_ros.cli.evaluation.side_by_side import Ended, side_by_side, sigint_blocked

pytestmark = pytest.mark.processes

SLEEPERS = """
import sys
sys.path.insert(0, {folder!r})
from test_side_by_side import side_by_side, tick
if __name__ == "__main__":
    for item, message in side_by_side(tick, ["a", "b"], 2):
        print(message, flush=True)
"""


def square(number: int, connection: Connection) -> None:
    connection.send(number * number)


def die(number: int, connection: Connection) -> None:
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    connection.send(number)


def tick(item: str, connection: Connection) -> None:
    """Sends its process's id for ever, as long as somebody listens."""
    try:
        while True:
            connection.send(os.getpid())
            time.sleep(0.05)
    except BrokenPipeError:
        pass


def test_every_item_is_done_one_after_another() -> None:
    heard = list(side_by_side(square, [2, 3], 1))
    assert heard == [(2, 4), (2, Ended(0)), (3, 9), (3, Ended(0))]


def test_a_death_takes_no_other_process_with_it() -> None:
    heard = list(side_by_side(die, [0, 1, 2], 2))
    assert (1, Ended(-signal.SIGKILL)) in heard
    assert {(0, 0), (0, Ended(0)), (2, 2), (2, Ended(0))} <= set(heard) and len(heard) == 5


def test_leaving_ends_what_still_runs() -> None:
    before = set(multiprocessing.active_children())
    going = side_by_side(tick, ["a"], 1)
    assert isinstance(next(going)[1], int) and set(multiprocessing.active_children()) > before
    going.close()
    assert set(multiprocessing.active_children()) <= before


def test_a_killed_parent_leaves_nobody_behind(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(SLEEPERS.format(folder=str(Path(__file__).parent)))
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children: set[int] = set()
    while len(children) < 2:
        children.add(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    end = time.monotonic() + 30
    while any(_alive(child) for child in children) and time.monotonic() < end:
        time.sleep(0.05)
    assert not any(_alive(child) for child in children)


def test_an_interruption_while_a_process_is_started_waits_and_reaches_this_process_alone() -> None:
    """The signal is taken by another thread, as the progress bar's may: the mask of this one does not keep it out."""
    with pytest.raises(KeyboardInterrupt), sigint_blocked():
        sender = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT))
        sender.start()
        sender.join()
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        started = True
    assert started and signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
