"""Says what a node waits for, once a wait gets long; imports the standard library only."""

from __future__ import annotations

import time
from collections.abc import Callable

SILENCE_S = 5.0


class LongWait:
    """One wait, on the steady clock.

    Args:
        warn: logs a text.
        text: what is waited for; empty: nothing is said.
    """

    def __init__(self, warn: Callable[[str], object], text: str):
        self._warn, self._text = warn, text
        self._begun_s, self._said = time.monotonic(), False

    @property
    def waited_s(self) -> float:
        """Since it began."""
        return time.monotonic() - self._begun_s

    def look(self) -> None:
        """Called regularly while it lasts."""
        if self._text and not self._said and self.waited_s > SILENCE_S:
            self._said = True
            self._warn(self._text)
