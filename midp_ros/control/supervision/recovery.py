"""Bounded recovery from a reflex: which step when, for how long, how often; a state machine without ROS or clock.

    error recovery -> activate the hardware -> activate the controllers -> wait until the robot is ready

imports core.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from midp_ros.core.errors import MidpError

WAYS = ("never", "confirm", "auto")  # not `off`, which YAML takes for false


class RecoveryError(MidpError):
    """A recovery that cannot be started; the message says why."""


class Step(Enum):
    """One step, each bounded in time."""

    DEACTIVATE = "deactivating the controllers"
    CLEAR_ERRORS = "the error recovery"
    HARDWARE = "activating the hardware"
    ACTIVATE = "activating the controllers"
    SETTLE = "waiting for mode MOVE or IDLE without errors"


class Recovery:
    """Runs the steps one after another, on request or by itself.

    Args:
        way: `never`, `confirm` (on request) or `auto` (by itself, too).
        attempts: how often it starts by itself.
        step_limit_s: a step that takes longer ends the attempt [s].

    Attributes:
        problem: why the last attempt failed; empty before the first, and after one that succeeded.
    """

    def __init__(self, way: str, attempts: int, step_limit_s: float):
        self._way, self._left, self._limit_s = way, attempts, step_limit_s
        self._steps: list[Step] = []
        self._due = False
        self._end_s = 0.0
        self._number = 0
        self.problem = ""

    @property
    def under_way(self) -> bool:
        """Whether steps are left."""
        return bool(self._steps)

    @property
    def offered(self) -> bool:
        """Whether a person may start it."""
        return self._way != "never" and not self.under_way

    def wants(self, needed: bool) -> bool:
        """Whether it would start by itself now."""
        return needed and self._way == "auto" and self._left > 0 and not self.under_way

    def begin(self, steps: Sequence[Step], automatic: bool = False) -> None:
        """Starts an attempt; raises RecoveryError where none is allowed."""
        if self._way == "never":
            raise RecoveryError("parameter recovery is `never`")
        if self.under_way:
            raise RecoveryError(f"a recovery is under way: {self._steps[0].value}")
        self._left -= automatic
        self._steps, self._due, self.problem = list(steps), True, ""

    def look(self, time_s: float, ready: bool) -> tuple[Step, int] | None:
        """Goes on at a time [s].

        Args:
            ready: whether the robot takes commands.

        Returns:
            The step to carry out now, with the number under which `finished` takes its outcome.
        """
        if not self._steps:
            return None
        if self._due:
            self._due, self._end_s = False, time_s + self._limit_s
            self._number += 1
            return self._steps[0], self._number
        if self._steps[0] is Step.SETTLE and ready:
            self.finished(self._number)
        elif time_s > self._end_s:
            self._fail(f"{self._steps[0].value} took longer than {self._limit_s:g} s")
        return None

    def finished(self, number: int, problem: str = "") -> None:
        """A step is over; outcomes of steps that were given up are ignored."""
        if not self._steps or number != self._number or self._due:
            return
        if problem:
            self._fail(f"{self._steps[0].value} failed: {problem}")
            return
        self._steps.pop(0)
        self._due = bool(self._steps)

    def _fail(self, problem: str) -> None:
        self._steps, self._due, self.problem = [], False, problem
