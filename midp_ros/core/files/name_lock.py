"""A name that one process of a machine has, as the right to publish a topic; imports errors only.

Discovery by DDS takes up to 3 s on a busy machine. The kernel knows at once who has a socket's name, gives it to one
process only, and takes it back from a process that was killed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from midp_ros.core.errors import BusyError

TABLE = Path("/proc/net/unix")
BACKLOG = 64  # connections are never accepted: they only show the process at the other end
LONGEST_NAME = 90  # bytes; Linux takes 107


class NameLock:
    """A name in Linux's abstract socket namespace, which this process has until `close`.

    A network namespace has its own: containers that share it share their loopback, too. Without such sockets, outside
    of Linux, every process has the name.

    Args:
        name: of what only one process may do.
        owner: of this process, for others to read.

    Attributes:
        holder: the other process that has the name; empty where this one has it.
    """

    def __init__(self, name: str, owner: str):
        key = f"midp_ros/{hashlib.sha256(name.encode()).hexdigest()[:16]}"
        self._sockets: list[socket.socket] = []
        self.holder = ""
        if not self._bind(key):
            self.holder = _holder(key)
        elif self._sockets:
            self._bind(f"{key} {os.getpid()} {owner}"[:LONGEST_NAME])

    def close(self) -> None:
        """Gives the name back."""
        for each in self._sockets:
            each.close()
        self._sockets = []

    def _bind(self, name: str) -> bool:
        """Returns False where another process has the name."""
        try:
            found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        except (OSError, AttributeError):
            return True
        try:
            found.bind(f"\0{name}")
            found.listen(BACKLOG)
        except OSError as e:
            found.close()
            return e.errno != errno.EADDRINUSE
        self._sockets.append(found)
        return True


@contextmanager
def only_writer(path: str | Path) -> Iterator[None]:
    """Keeps other processes of this machine from what comes under a file's name, e.g. a model with its card.

    Raises:
        BusyError: another process is at it.
    """
    with closing(NameLock(os.path.realpath(path), "midp")) as lock:
        if lock.holder:
            raise BusyError(f"{lock.holder} writes {path}; wait for it, stop it, or choose another place")
        yield


def _holder(key: str) -> str:
    """`/franka_simulation (process 1234)`, as far as that is known."""
    owner = next((n for name in _names() if name.startswith(f"{key} ") for n in name.split(" ")[2:3]), "")
    process = _process(key)
    return f"{owner or 'another process'}{f' (process {process})' if process else ''}"


def _names() -> list[str]:
    """Abstract names in use on this machine."""
    try:
        lines = TABLE.read_text().splitlines()[1:]
    except OSError:
        return []
    return [line.partition("@")[2] for line in lines if "@" in line]


def _process(key: str) -> int:
    """The id of the process that has a name; 0 where that is not known, as in another container."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.setblocking(False)
        try:
            asking.connect(f"\0{key}")
            credentials = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        except OSError:
            return 0
    return int(struct.unpack("3i", credentials)[0])
