"""A command to the Franka Hand, its outcome and its waits; imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Status(Enum):
    """The outcome of a command, in libfranka's words; unsuccessful is a grasp without an object of the width."""

    RUNNING = auto()
    SUCCESS = auto()
    UNSUCCESSFUL = auto()
    FAILED = auto()
    ABORTED = auto()


ERRORS = {Status.FAILED: "libfranka gripper: Command failed!", Status.ABORTED: "libfranka gripper: Command aborted!"}


@dataclass
class Command:
    """A command to the hand and its outcome so far."""

    status: Status = Status.RUNNING
    error: str = ""

    def finish(self, status: Status) -> None:
        """Sets the outcome; the first one stays."""
        if self.status is Status.RUNNING:
            self.status, self.error = status, ERRORS.get(status, "")


@dataclass(frozen=True)
class HandTiming:
    """Waits [s] of a command around the fingers' motion: before it, and after it until the hand reports the result.

    Together with the motion a command takes about a second, most of it reported to pass before the motion (libfranka
    issue 226). A policy trained without that wait lifts before the fingers have closed.
    """

    start_s: float = 0.5
    settle_s: float = 0.3
