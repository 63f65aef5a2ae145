"""The solid bodies of a task's scene as obstacles for a planner; imports core, kinematics, planning and the engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.planning import Obstacle
from midp_ros.simulation.engine import Box, Engine
from midp_ros.simulation.reach import Reach
from midp_ros.simulation.tasks import make_task


def task_obstacles(task: str, profile: RobotProfile, seed: int) -> tuple[Obstacle, ...]:
    """Obstacles of a seed's episode, named by the task and a number; the table is none of them.

    Raises:
        UnknownNameError: there is no such task.
    """
    scene, engine = make_task(task), _SolidParts()
    try:
        scene.reset(engine, np.random.default_rng(seed), Reach(ArmModel(profile)))
        parts = [
            (half_m, engine.pose(body) @ Pose(np.asarray(centre_m, float), np.eye(3)))
            for body, boxes in engine.parts.items()
            for half_m, centre_m in boxes
        ]
    finally:
        engine.close()
    return tuple(
        Obstacle(f"{task}_{number}", "box", np.multiply(half_m, 2.0), pose.position_m, pose.quaternion)
        for number, (half_m, pose) in enumerate(parts, start=1)
    )


class _SolidParts(Engine):
    """An engine that notes the boxes of each body but the table, which is added first.

    Bullet gives no collision shapes of bodies in maximal coordinates.
    """

    def clear(self) -> None:
        self.parts: dict[int, list[Box]] = {}
        super().clear()
        self.parts.clear()

    def pose(self, body: int) -> Pose:
        """Of a body in the base frame."""
        return Pose.from_quaternion(*self.client.getBasePositionAndOrientation(body))

    def add_box(self, half_size_m: Any, *args: Any, **options: Any) -> int:
        body = super().add_box(half_size_m, *args, **options)
        self.parts[body] = [(half_size_m, (0.0, 0.0, 0.0))]
        return body

    def add_compound(self, boxes: Any, *args: Any, **options: Any) -> int:
        body = super().add_compound(boxes, *args, **options)
        self.parts[body] = list(boxes)
        return body
