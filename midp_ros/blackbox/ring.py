"""What was seen lately, by kind; imports the standard library only."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

LASTS_S = 30.0
Snapshot = dict[str, list[tuple[Any, ...]]]


class Ring:
    """Keeps tuples that begin with their time, while they are at most `lasts_s` older than the newest of their kind.

    It keeps references: what is added must not be changed afterwards.
    """

    def __init__(self, lasts_s: float = LASTS_S):
        self._lasts_s = lasts_s
        self._kinds: dict[str, deque[tuple[Any, ...]]] = {}
        self._lock = threading.Lock()

    def add(self, kind: str, time_s: float, *values: Any) -> None:
        """Adds what happened at a time [s]."""
        with self._lock:
            entries = self._kinds.get(kind)
            if entries is None:
                entries = self._kinds[kind] = deque()
            entries.append((time_s, *values))
            oldest_s = time_s - self._lasts_s
            while entries[0][0] < oldest_s:
                entries.popleft()

    def snapshot(self) -> Snapshot:
        """All that is kept now, oldest first."""
        with self._lock:
            return {kind: list(entries) for kind, entries in self._kinds.items()}

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._kinds.clear()
