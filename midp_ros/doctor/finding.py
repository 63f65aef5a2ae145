"""One line of the doctor's report; imports nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Status(str, Enum):
    """Result of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Result(str, Enum):
    """Result of the whole examination."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NO_ROBOT = "no robot"

    @property
    def exit_code(self) -> int:
        """Of `midp doctor`: warnings are allowed."""
        return {Result.FAILED: 1, Result.NO_ROBOT: 2}.get(self, 0)


@dataclass(frozen=True)
class Finding:
    """One check: subject, finding and remedy.

    Attributes:
        subject: a topic, an action, the network.
        aspect: the checked property, e.g. `rate`.
        expected, remedy: the right value and how to reach it; the remedy is empty where all is well.
    """

    subject: str
    aspect: str
    status: Status
    found: str
    expected: str = ""
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """Plain data for JSON."""
        return {
            "check": f"{self.subject}: {self.aspect}",
            "status": self.status.value,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }


NO_ROBOT = "robot"  # subject of the row without a robot to examine


def result(rows: Sequence[Finding]) -> Result:
    """The worst of the rows."""
    bad = [r for r in rows if r.status is not Status.OK]
    if any(r.subject == NO_ROBOT for r in bad):
        return Result.NO_ROBOT
    if any(r.status is Status.FAILED for r in bad):
        return Result.FAILED
    return Result.WARNING if bad else Result.OK


def summary(rows: Sequence[Finding]) -> dict[str, str | int]:
    """Result and counts, plain data."""
    counts = {status.value: sum(row.status is status for row in rows) for status in Status}
    return {"result": result(rows).value, **counts}
