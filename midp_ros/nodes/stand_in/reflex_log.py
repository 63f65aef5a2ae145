"""The log of the simulated robot's reflexes, with their number; imports simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from midp_ros.simulation.arm.robot import Robot


class ReflexLog:
    """Logs each reflex once.

    Args:
        robot: gives the present robot, which a reset replaces.

    Attributes:
        total: reflexes so far, in all episodes.
    """

    def __init__(self, logger: Any, robot: Callable[[], Robot]):
        self._logger, self._robot = logger, robot
        self._watched, self._seen = robot(), 0
        self.total = 0

    def look(self) -> None:
        """Called regularly."""
        robot = self._robot()
        if robot is not self._watched:
            self._watched, self._seen = robot, 0
        for violation in robot.reflexes[self._seen :]:
            self._seen += 1
            self.total += 1
            self._logger.error(f"reflex: {', '.join(sorted(violation.errors))}: {violation.reason}")
