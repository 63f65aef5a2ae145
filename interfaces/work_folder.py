"""The folder that a build happens in: one build at a time, and nothing is left behind; imports nothing of midp_ros."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME, LOCK = ".interfaces", ".interfaces.lock"


@contextmanager
def work_folder(parent: Path) -> Iterator[Path]:
    """An empty folder below `parent`, removed afterwards, also on SIGTERM; a lock file is all that stays.

    A second build waits for the first. Whatever a killed build left is removed at the start of the next.

    Args:
        parent: an existing folder; on the file system of the results, so that these can be moved in one step.
    """
    lock = os.open(parent / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    fcntl.lockf(lock, fcntl.LOCK_EX)  # not flock, which a worker that outlives a killed build would hold for ever
    folder = parent / NAME
    before = signal.signal(signal.SIGTERM, lambda *_: _end(folder))
    try:
        _remove(folder)
        folder.mkdir()
        yield folder
    finally:
        _remove(folder)
        signal.signal(signal.SIGTERM, before)
        os.close(lock)


def _end(folder: Path) -> None:
    """Ends this process, and its workers, which would outlive it and write into the folder."""
    for worker in multiprocessing.active_children():
        worker.kill()
    _remove(folder)
    os._exit(128 + signal.SIGTERM)


def _remove(folder: Path) -> None:
    for _ in range(10):  # compilers that are just ending may still write
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
