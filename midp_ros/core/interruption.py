"""An interruption while a process still loads its modules; imports the standard library only."""

from __future__ import annotations

import os
import signal
from types import FrameType

STATUS = 128 + signal.SIGINT  # as shells have it


def leave_quietly(*numbers: signal.Signals, status: int = STATUS) -> None:
    """From now on these signals end the process at once, with a status and without a traceback.

    For the time before anything has been done. Python's own way, an exception, would end up in any module's import.
    A launcher may start a process with its signals blocked, as Python's start cannot be interrupted quietly: they are
    unblocked here.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        os._exit(status)

    for number in numbers:
        signal.signal(number, leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
