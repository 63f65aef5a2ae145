"""One simulation for each robot's topics on a machine; imports the standard library only.

Discovery by DDS takes up to 3 s on a busy machine. The kernel knows at once who has a socket's name, gives it to one
process only, and takes it back from a process that was killed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import struct
from pathlib import Path

TABLE = Path("/proc/net/unix")
BACKLOG = 64  # connections are never accepted: they only show the process at the other end
LONGEST_NAME = 90  # bytes; Linux takes 107


class RobotLock:
    """The right to publish a topic in a ROS domain, as a name in Linux's abstract socket namespace, until `close`.

    A network namespace has its own: containers that share it share their loopback, too. Without such sockets, outside
    of Linux, every process has the right.

    Args:
        topic: with its namespace.
        node: full name of the node that publishes it, for others to read.

    Attributes:
        holder: the other process that has the right; empty where this one has it.
    """

    def __init__(self, domain: int, topic: str, node: str):
        key = f"midp_ros/{domain}/{hashlib.sha256(topic.encode()).hexdigest()[:16]}"
        self._sockets: list[socket.socket] = []
        self.holder = ""
        if not self._bind(key):
            self.holder = _holder(key)
        elif self._sockets:
            self._bind(f"{key} {os.getpid()} {node}"[:LONGEST_NAME])

    def close(self) -> None:
        """Gives the right back."""
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


def _holder(key: str) -> str:
    """`/franka_simulation (process 1234)`, as far as that is known."""
    node = next((n for name in _names() if name.startswith(f"{key} ") for n in name.split(" ")[2:3]), "")
    process = _process(key)
    return f"{node or 'a simulation'}{f' (process {process})' if process else ''}"


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
