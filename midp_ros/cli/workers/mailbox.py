"""Messages as numbered files in a folder that several machines see; imports the standard library only."""

from __future__ import annotations

import os
from pathlib import Path


class Mailbox:
    """One end writes, the other reads each message once, in order."""

    def __init__(self, folder: Path):
        self._folder, self._put, self._taken = folder, 0, 0

    def put(self, content: bytes) -> None:
        """Adds a message; it is there whole or not at all."""
        path = self._folder / f"{self._put:08d}"
        written = path.with_suffix(".part")
        written.write_bytes(content)
        os.replace(written, path)
        self._put += 1

    def take(self) -> list[bytes]:
        """The messages that have come since the last call."""
        found = []
        while (path := self._folder / f"{self._taken:08d}").exists():
            found.append(path.read_bytes())
            path.unlink()
            self._taken += 1
        return found
