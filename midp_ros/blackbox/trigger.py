"""When a black box is written: a moment after its cause, so that what follows is in it, too."""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.blackbox.recording import OPERATOR, BoxEvent

AFTER_S = 1.0  # what follows a cause shows how the arm came to rest
PAUSE_S = 5.0  # between two files: an error that repeats itself must not fill a disk


class Trigger:
    """Calls `save` with the first cause, AFTER_S later; causes until then belong to the same incident.

    An operator's wish is never dropped; any other cause is, within PAUSE_S of the file before.
    """

    def __init__(self, save: Callable[[BoxEvent], None]):
        self._save = save
        self._waiting: BoxEvent | None = None
        self._saved_s = -PAUSE_S

    def pull(self, event: BoxEvent) -> None:
        """A cause."""
        if self._waiting is None and (event.kind == OPERATOR or event.time_s - self._saved_s >= PAUSE_S):
            self._waiting = event

    def look(self, time_s: float) -> None:
        """Called regularly with the time [s] of the causes."""
        if self._waiting is not None and time_s - self._waiting.time_s >= AFTER_S:
            self.finish()

    def finish(self) -> None:
        """Saves at once what waits; the clock may begin again afterwards."""
        event, self._waiting = self._waiting, None
        if event is not None:
            if event.kind != OPERATOR:
                self._saved_s = event.time_s
            self._save(event)

    def restart(self) -> None:
        """The clock begins again."""
        self._saved_s = -PAUSE_S
