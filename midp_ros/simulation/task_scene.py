"""A task's scene without the arm and without physics, for drawing; imports core, kinematics and the tasks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.reach import Reach
from midp_ros.simulation.tasks.task import Task

BOX, SPHERE = 3, 2  # Bullet's numbers of shapes
SMALLEST = 1e-6  # [m], and of a quaternion: less is rounding


@dataclass(frozen=True)
class VisibleBox:
    """One visible part of the scene; a shape that is no box is given by the box around it.

    Attributes:
        size_m: its edges (3,).
        pose: of its centre in the base frame.
        rgba: colour and opacity, each 0 to 1.
    """

    size_m: tuple[float, float, float]
    pose: Pose
    rgba: tuple[float, float, float, float]


class TaskScene:
    """The scene of a seed's episode, moved to the poses that are observed."""

    def __init__(self, task: Task, profile: RobotProfile):
        self._task, self._engine, self._reach = task, Engine(visuals=True), Reach(ArmModel(profile))
        self._parts: list[tuple[int, Pose]] = []  # body, and the part's pose in the body's frame
        self._shown: list[Any] = []  # the bodies' poses as Bullet gives them

    def reset(self, seed: int) -> list[VisibleBox]:
        """Builds the scene of a seed."""
        self._engine.clear()
        self._task.reset(self._engine, np.random.default_rng(seed), self._reach)
        client, boxes = self._engine.client, list[VisibleBox]()
        self._parts = []
        for body in (client.getBodyUniqueId(i) for i in range(client.getNumBodies())):
            at = Pose.from_quaternion(*client.getBasePositionAndOrientation(body))
            for _, _, kind, size, _, position, quaternion, rgba, *_ in client.getVisualShapeData(body):
                inside = Pose.from_quaternion(position, quaternion)
                self._parts.append((body, inside))
                boxes.append(VisibleBox(_around(kind, size), at @ inside, rgba))
        self._shown = [client.getBasePositionAndOrientation(body) for body, _ in self._parts]
        return boxes

    def moved(self, poses: Mapping[str, Pose]) -> dict[int, Pose]:
        """Moves the scene to observed poses; the new poses of the parts that have moved, by number."""
        self._task.place(self._engine, dict(poses))
        moved = {}
        for number, (body, inside) in enumerate(self._parts):
            at = self._engine.client.getBasePositionAndOrientation(body)
            if _differ(at, self._shown[number]):
                self._shown[number] = at
                moved[number] = Pose.from_quaternion(*at) @ inside
        return moved

    def close(self) -> None:
        """Frees the physics client."""
        self._engine.close()


def _differ(one: Any, other: Any) -> bool:
    return any(abs(a - b) > SMALLEST for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))


def _around(kind: int, size: tuple[float, float, float]) -> tuple[float, float, float]:
    if kind == BOX:
        return size
    if kind == SPHERE:
        return (2 * size[0],) * 3
    length, radius, _ = size  # of a cylinder or a capsule
    return 2 * radius, 2 * radius, length
