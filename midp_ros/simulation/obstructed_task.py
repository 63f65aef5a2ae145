"""A task with obstacles in its scene; imports core, kinematics, planning and the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel
from midp_ros.planning import Obstacle, read_obstacles
from midp_ros.planning.scene import CollisionScene
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.obstacle_bodies import add_obstacle
from midp_ros.simulation.tasks.missing import what_is_missing
from midp_ros.simulation.tasks.task import Reachable, Start, Task

MARGIN_M = 0.035  # that start and goal keep; the expert plans with 3 cm
LONGER_S = 6.0  # for the way around


def among_obstacles(task: Task, robot: str, file: str) -> Task:
    """A task among the obstacles of a file, or as it is where the name is empty; raises FileFormatError.

    Args:
        robot: a profile's name or its YAML file.
    """
    return ObstructedTask(task, ArmModel(robot), read_obstacles(Path(file))) if file else task


class ObstructedTask:
    """A Task: another one among obstacles. Its start and goal are clear of them; touching one ends it as a failure."""

    def __init__(self, task: Task, model: ArmModel, obstacles: Sequence[Obstacle]):
        self._task, self._obstacles = task, tuple(obstacles)
        self._scene = CollisionScene(model, obstacles, None, MARGIN_M)
        self.name, self.hold_s, self.time_limit_s = task.name, task.hold_s, task.time_limit_s + LONGER_S
        self._bodies: set[int] = set()
        self._robot, self._touched = -1, False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # while it is being copied
            raise AttributeError(name)
        return getattr(self._task, name)  # what a task may have beside the protocol

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """As the task, from among the poses in which the arm is clear."""
        inverse = reachable.inverse  # type: ignore[attr-defined]  # of Reach
        self._touched = False
        self._bodies = {add_obstacle(engine, obstacle) for obstacle in self._obstacles}

        def clear(tool: Pose) -> bool:
            return reachable(tool) and self._scene.clear(inverse.solve(tool).position_rad)

        return self._task.reset(engine, rng, clear)

    def failed(self, engine: Engine) -> bool:
        """Whether the hand has touched an obstacle, or the task says so."""
        fixed = self._bodies | {engine.table}
        self._touched |= any(
            point[2] not in fixed for body in self._bodies for point in engine.client.getContactPoints(body)
        )
        own = getattr(self._task, "failed", None)
        return self._touched or bool(own and own(engine))

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Whether the task is, without a touch."""
        return self._task.satisfied(engine, tool) and not self.failed(engine)

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """What success lacks."""
        if self._touched:
            return "the hand touched an obstacle", "none may be touched"
        found = what_is_missing(self._task, engine, tool)
        return found.what, found.figures
