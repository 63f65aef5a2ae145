"""When a topic is due, however often it is asked; imports nothing."""

from __future__ import annotations


class PublishRate:
    """Keeps a mean rate where the asking is irregular; asked less often than that, every time is due."""

    def __init__(self, rate_hz: float):
        self._period_s = 1.0 / rate_hz
        self._next_s: float | None = None

    def due(self, time_s: float) -> bool:
        """Whether to publish now; a clock that jumps back starts anew."""
        if self._next_s is None or time_s < self._next_s - 2 * self._period_s:
            self._next_s = time_s
        if time_s < self._next_s:
            return False
        self._next_s = max(self._next_s + self._period_s, time_s - self._period_s)
        return True
