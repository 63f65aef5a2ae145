"""A command to the Franka Hand, what comes of it and how long it waits; imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Status(Enum):
    """What has come of a command, in libfranka's words; unsuccessful is a grasp that holds nothing of the width."""

    RUNNING = auto()
    SUCCESS = auto()
    UNSUCCESSFUL = auto()
    FAILED = auto()
    ABORTED = auto()


ERRORS = {Status.FAILED: "libfranka gripper: Command failed!", Status.ABORTED: "libfranka gripper: Command aborted!"}


@dataclass
class Command:
    """An order to the hand, and what has come of it so far."""

    status: Status = Status.RUNNING
    error: str = ""

    def finish(self, status: Status) -> None:
        """Says what has come of it; the first word stands."""
        if self.status is Status.RUNNING:
            self.status, self.error = status, ERRORS.get(status, "")


@dataclass(frozen=True)
class HandTiming:
    """Waits [s] of a command around the fingers' motion: before it, and after it until the hand says so.

    Together with the motion a command takes about a second, most of it reported to pass before the motion (libfranka
    issue 226). A policy that was taught by fingers without that wait lifts before they have closed.
    """

    start_s: float = 0.5
    settle_s: float = 0.3
