"""The task's scene behind a control interface, which has no place on FCI's wire; imports simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from midp_ros.core.arrays import Array
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.tasks.missing import Missing
from midp_ros.simulation.tasks.task import TaskStatus


class Scene:
    """The simulation in the server's process.

    Args:
        ask: calls one of its functions between two milliseconds: FciProcess.ask.
    """

    def __init__(self, ask: Callable[..., Any]):
        self._ask = ask

    def reset(self, seed: int) -> None:
        """Starts the episode of a seed; raises ModeError while a motion is under way."""
        self._ask("reset", seed)

    def observe(self) -> dict[str, Array]:
        """As Simulation.observe."""
        values: dict[str, Array] = self._ask("observe")
        return values

    def status(self) -> TaskStatus:
        """As Simulation.status."""
        status: TaskStatus = self._ask("status")
        return status

    def failed(self) -> bool:
        """As Simulation.failed."""
        return bool(self._ask("failed"))

    def missing(self) -> Missing:
        """As Simulation.missing."""
        missing: Missing = self._ask("missing")
        return missing

    def info(self) -> dict[str, str | float]:
        """As Simulation.info."""
        info: dict[str, str | float] = self._ask("info")
        return info

    def reflexes(self) -> tuple[Violation, ...]:
        """What has stopped the arm since the reset, oldest first."""
        found: tuple[Violation, ...] = self._ask("reflexes")
        return found

    def lost(self) -> int:
        """Milliseconds of motions without a command, since the server's start."""
        return int(self._ask("lost")[0])
