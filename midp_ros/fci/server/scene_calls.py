"""What can be asked about a served episode, and done to its robot by hand, between two milliseconds.

Imports simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from midp_ros.core.pose import Pose
from midp_ros.fci.server.fci_server import FciServer
from midp_ros.simulation.safety import ModeError, Violation
from midp_ros.simulation.tasks.task import TaskStatus

SceneReport = tuple[TaskStatus, dict[str, Pose], tuple[Violation, ...]]


def scene_calls(server: FciServer) -> dict[str, Callable[..., Any]]:
    """The calls by name; their arguments and results can be pickled. Each may raise a MidpError."""
    simulation = server.simulation

    def reset(seed: int) -> None:
        if server.robot.moving:
            raise ModeError("a client's motion runs; stop it before the reset")
        simulation.reset(seed)
        server.cycle()

    def report() -> SceneReport:
        """Status, the task's poses and the episode's reflexes, in one call."""
        return simulation.status(), simulation.task.observe(simulation.engine), tuple(simulation.robot.reflexes)

    return {
        "reset": reset,
        "report": report,
        "observe": simulation.observe,
        "status": simulation.status,
        "failed": lambda: simulation.failed,
        "missing": simulation.missing,
        "info": simulation.info,
        "reflexes": lambda: tuple(simulation.robot.reflexes),
        "state": lambda: simulation.robot.state(),
        "push": lambda wrench: simulation.robot.push(wrench),
        "user_stop": lambda pressed: simulation.robot.press_user_stop(pressed),
        "guide": lambda guided: simulation.robot.guide(guided),
        "place": simulation.place,
        "lost": lambda: (server.robot.lost, server.robot.unused),
    }
