"""The log of the simulated robot's reflexes, with their number, and of a machine that is too slow for it.

Imports simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from midp_ros.simulation.safety import Violation

TOO_SLOW = "this machine is too slow to simulate in real time"
LOOKS = 100  # after a skip, within which a reflex is put down to it


class Reflexive(Protocol):
    """A robot with its reflexes, oldest first."""

    @property
    def reflexes(self) -> list[Violation]:
        """Violations that stopped the arm."""


class ReflexLog:
    """Logs each reflex once.

    Args:
        robot: gives the present robot, which a reset replaces.
        skipped_s: gives the simulated time that was skipped so far [s].
        remark: goes with each reflex: what else may be the cause.

    Attributes:
        total: reflexes so far, in all episodes.
    """

    def __init__(self, logger: Any, robot: Callable[[], Reflexive], skipped_s: Callable[[], float], remark: str = ""):
        self._logger, self._robot, self._skipped_s, self._remark = logger, robot, skipped_s, remark
        self._known_s, self._looks_since = 0.0, LOOKS
        self._watched, self._seen = robot(), 0
        self.total = 0

    def look(self) -> None:
        """Called regularly."""
        self._look_at_time()
        robot = self._robot()
        if robot is not self._watched:
            self._watched, self._seen = robot, 0
        for violation in robot.reflexes[self._seen :]:
            self._seen += 1
            self.total += 1
            why = [violation.reason]
            why += [f"{TOO_SLOW}, which may be why"] if self._looks_since < LOOKS else []
            why += [self._remark] if self._remark else []
            self._logger.error(f"reflex: {', '.join(sorted(violation.errors))}: {'; '.join(why)}")

    def _look_at_time(self) -> None:
        """Warns of time that was skipped, as the commands of a running motion do not skip it."""
        skipped_s = self._skipped_s()
        self._looks_since += 1
        if skipped_s > self._known_s:
            self._known_s, self._looks_since = skipped_s, 0
            self._logger.warning(
                f"{TOO_SLOW}: {skipped_s:.1f} s were skipped so far, and a motion under way steps each time; end other "
                "processes, or slow the simulation down with real_time_factor:=0.5",
                throttle_duration_sec=5.0,
            )
