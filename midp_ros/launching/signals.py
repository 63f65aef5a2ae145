"""Signals to the launcher; imports nothing of midp_ros."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from types import FrameType

# Statuses of a process that was stopped on purpose.
CLEAN = (0, -signal.SIGINT, -signal.SIGTERM, 128 + signal.SIGINT, 128 + signal.SIGTERM)


def stop_signals() -> list[signal.Signals]:
    """SIGINT, SIGTERM and SIGHUP, which stays ignored where nohup has had it so."""
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hangs_up else [])]


@contextmanager
def signals_call(handler: Callable[[], None], but: Container[int] = ()) -> Iterator[None]:
    """The stop signals call `handler` meanwhile, where this is the main thread; elsewhere they cannot be.

    Args:
        but: signals that stay as they are.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        handler()

    before = {number: signal.signal(number, handle) for number in stop_signals() if number not in but}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
