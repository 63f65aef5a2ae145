"""SIGINT, SIGTERM and SIGHUP: quiet while modules load, a request between two steps while work is in progress.

Imports core and launching.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import typer

from midp_ros.core.interruption import leave_quietly
from midp_ros.launching.signals import signals_call, stop_signals

SAME_WISH_S = 0.5


@contextmanager
def quiet_loading() -> Iterator[None]:
    """While modules and data are loaded, and nothing is written, SIGINT ends the process at once with status 130.

    As an exception it would surface in any module's import, with whatever that makes of it.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield  # ignored, as in a shell's background job, or handled elsewhere
        return
    leave_quietly(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def every_stop_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP raise KeyboardInterrupt meanwhile, as SIGINT does: what there is is printed and written.

    `timeout` and a shell send theirs twice: what follows within half a second is the same wish.
    """
    received_s = -SAME_WISH_S

    def interrupt() -> None:
        nonlocal received_s
        _leave_closed_terminal()
        before_s, received_s = received_s, time.monotonic()
        if received_s > before_s + SAME_WISH_S:
            raise KeyboardInterrupt

    with signals_call(interrupt, but=(signal.SIGINT,)):
        yield


class Interruptible:
    """Within this block the first signal only sets `requested`; a later one ends the process as it usually does.

    What follows within half a second is the same wish: it may come from a terminal and from a starting process alike.

    Attributes:
        requested: whether the work should stop after its current step.
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._received_s = 0.0
        self._previous: dict[int, Any] = {}

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self._received is not None

    @property
    def exit(self) -> typer.Exit:
        """To raise at the end: exit status 130 after SIGINT, 143 after SIGTERM, 129 after SIGHUP."""
        return typer.Exit(128 + (self._received or signal.SIGINT))

    def __enter__(self) -> Interruptible:
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._receive) for number in stop_signals()}
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        _leave_closed_terminal()
        if self._received is None:
            self._received, self._received_s = number, time.monotonic()
        elif time.monotonic() > self._received_s + SAME_WISH_S:
            self._restore()
            signal.raise_signal(number)

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}


def _leave_closed_terminal() -> None:
    """Output into a terminal that was closed goes nowhere from now on: as an error it would come before the saving."""
    for output in (1, 2):
        with suppress(OSError):
            if stat.S_ISCHR(os.fstat(output).st_mode) and not os.isatty(output):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, output)
                os.close(nowhere)
