"""Obstacles as bodies in PyBullet; imports planning's obstacles, pybullet and the engine."""

from __future__ import annotations

from typing import Any

import pybullet

from midp_ros.planning import Obstacle
from midp_ros.simulation.engine import Engine

RGBA = (0.83, 0.29, 0.17, 1.0)


def add_obstacle(engine: Engine, obstacle: Obstacle) -> int:
    """Adds an obstacle that nothing moves; returns its body number."""
    client, size_m = engine.client, [float(value) for value in obstacle.size_m]
    solid: dict[str, Any]
    seen: dict[str, Any]
    if obstacle.shape == "box":
        kind, solid = pybullet.GEOM_BOX, {"halfExtents": [edge / 2 for edge in size_m]}
        seen = solid
    elif obstacle.shape == "sphere":
        kind, solid = pybullet.GEOM_SPHERE, {"radius": size_m[0]}
        seen = solid
    else:
        kind, solid = pybullet.GEOM_CYLINDER, {"radius": size_m[0], "height": size_m[1]}
        seen = {"radius": size_m[0], "length": size_m[1]}
    shape = client.createCollisionShape(kind, **solid)
    look = client.createVisualShape(kind, rgbaColor=RGBA, **seen) if engine.visuals else -1
    pose = obstacle.pose
    body: int = client.createMultiBody(0.0, shape, look, pose.position_m.tolist(), pose.quaternion.tolist())
    return body
