"""What a recorder's ~/status says: JSON, from whoever publishes on that topic; imports core."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from midp_ros.core.errors import ObservationError
from midp_ros.core.plain_data import build


@dataclass(frozen=True)
class RecorderStatus:
    """How a recording stands.

    Attributes:
        state: idle, recording or deciding.
        episode, seconds: the present or last one, and its length [s].
        kept, discarded: episodes so far.
        folder, free_disk_mb: where they go, and the room there [MB].
        label: whether the present one succeeded; None: not said.
        warnings, flags: of the topics now; of the last episode's report.
        reporting_s: for how long that has been in the making [s].
    """

    state: str
    episode: int
    seconds: float
    kept: int
    discarded: int
    folder: str
    free_disk_mb: int
    label: bool | None = None
    warnings: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    reporting_s: float = 0.0

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_text(cls, text: str) -> RecorderStatus:
        """The inverse; raises ObservationError where a message is of another kind."""
        try:
            data = json.loads(text)
        except ValueError as e:
            raise ObservationError(f"no recorder's status: {e}") from None
        status: RecorderStatus = build(cls, data, "recorder's status", ObservationError)
        return status
