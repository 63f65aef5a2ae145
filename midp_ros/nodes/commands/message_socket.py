"""Python objects between two processes, taken up without ever waiting for the rest of one; imports nothing of ours."""

from __future__ import annotations

import pickle
import select
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("=Q")
_TIMEVAL = struct.Struct("@ll")  # of <sys/time.h>
_PIECE = 1 << 16  # bytes
PATIENCE_S = 0.5  # with an end whose process was stopped, and whose buffer is full


class MessageSocket:
    """One end of a socket pair; the other end is trusted, since objects are pickled.

    Attributes:
        gone: the other end has left, as far as is known, or takes nothing any more.
    """

    def __init__(self, end: socket.socket):
        self._socket, self._bytes, self.gone = end, bytearray(), False
        # Not by `settimeout`, which takes a buffer that is a quarter full for one that takes nothing.
        patience = _TIMEVAL.pack(int(PATIENCE_S), round(1e6 * (PATIENCE_S % 1)))
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        self._readable = select.poll()
        self._readable.register(end, select.POLLIN)

    def put(self, message: Any) -> None:
        """Sends; nothing where the other end is gone. One that takes nothing for too long counts as gone, too."""
        if self.gone:
            return
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        try:
            self._socket.sendall(_LENGTH.pack(len(data)) + data)
        except OSError:  # of a message that was cut off the rest must not follow
            self.close()

    def get(self, patience_s: float = 0.0) -> list[Any]:
        """The messages that are complete; waits at most so long for anything to come, to the millisecond below."""
        if not self.gone and self._readable.poll(int(1e3 * max(0.0, patience_s))):
            piece = self._read()
            self.gone = not piece
            self._bytes += piece
        found = []
        while (message := self._cut()) is not None:
            found.append(pickle.loads(message))
        return found

    def close(self) -> None:
        """Leaves."""
        self.gone = True
        self._socket.close()

    def _read(self) -> bytes:
        try:
            return self._socket.recv(_PIECE)
        except OSError:
            return b""

    def _cut(self) -> bytes | None:
        """The next message's bytes, if they are all there."""
        if len(self._bytes) < _LENGTH.size:
            return None
        end = _LENGTH.size + _LENGTH.unpack_from(self._bytes)[0]
        if len(self._bytes) < end:
            return None
        message = bytes(self._bytes[_LENGTH.size : end])
        del self._bytes[:end]
        return message
