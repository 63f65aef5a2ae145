"""Hands the lines that are typed in a launcher's terminal on to its processes; imports nothing of midp_ros."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterable

# In a node's environment: its standard input is, by way of the launcher, or it finds at CONTROLLING the operator's
# terminal.
VARIABLE, HANDED_ON, CONTROLLING = "MIDP_OPERATOR_TERMINAL", "1", "/dev/tty"


class Terminal:
    """The launcher's standard input, where that is a terminal. `ros2 launch` hands nothing on."""

    def __init__(self) -> None:
        self._open = sys.stdin is not None and sys.stdin.isatty()

    @property
    def input(self) -> int:
        """What a process is to be started with as its standard input."""
        return subprocess.PIPE if self._open else subprocess.DEVNULL

    @property
    def environment(self) -> dict[str, str]:
        """For the same process."""
        return {VARIABLE: HANDED_ON} if self._open else {}

    def hand_on(self, processes: Iterable[subprocess.Popen[bytes]]) -> None:
        """Called regularly: gives what has been typed to every process; to one that reads nothing it may get lost."""
        if not self._open or not in_foreground(sys.stdin.fileno()) or not select.select([sys.stdin], [], [], 0.0)[0]:
            return
        typed = os.read(sys.stdin.fileno(), 4096)
        self._open = bool(typed)
        for process in processes:
            if typed and process.stdin is not None:
                os.set_blocking(process.stdin.fileno(), False)
                try:
                    os.write(process.stdin.fileno(), typed)
                except OSError:  # it has ended, or has not read for long
                    pass


def in_foreground(terminal: int) -> bool:
    """Whether this process may read from a terminal (a file descriptor): one in the background is stopped then."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
