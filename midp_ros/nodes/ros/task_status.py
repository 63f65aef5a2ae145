"""What /task/status says; imports core and conversions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus

from midp_ros.core.errors import ObservationError
from midp_ros.nodes.ros.status_conversions import status_message, values_from_status

READERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": {"true": True, "false": False}.__getitem__,
}


@dataclass(frozen=True)
class TaskReport:
    """How an episode stands; `episode` and `reflexes` count resets and reflexes since the simulation started.

    `missing` says what a done episode lacks for success, where the simulation knows.
    """

    task: str
    robot: str
    seed: int
    episode: int
    elapsed_s: float
    success: bool
    done: bool
    position_error_m: float
    rotation_error_rad: float
    reflexes: int = 0
    missing: str = ""

    def to_message(self) -> DiagnosticStatus:
        """As a message."""
        summary = "succeeded" if self.success else "failed" if self.done else "running"
        return status_message(f"task/{self.task}", "ok", summary, asdict(self))

    def reflexes_since(self, before: TaskReport) -> int:
        """How many reflexes there were between two reports."""
        return self.reflexes - before.reflexes

    def outcome(self) -> str:
        """Success, or failure and what was missing, after how long."""
        if self.success:
            return f"success after {self.elapsed_s:.1f} s"
        return f"failure after {self.elapsed_s:.1f} s{': ' if self.missing else ''}{self.missing}"

    @classmethod
    def from_message(cls, message: DiagnosticStatus) -> TaskReport:
        """The inverse; raises ObservationError where a key is missing or unreadable."""
        values = values_from_status(message)
        try:
            known = [f for f in fields(cls) if f.name in values or f.default is MISSING]
            return cls(**{f.name: READERS[str(f.type)](values[f.name]) for f in known})
        except (KeyError, ValueError) as e:
            raise ObservationError(f"task status is incomplete or unreadable: {e}") from None
