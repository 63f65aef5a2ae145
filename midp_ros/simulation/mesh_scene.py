"""The arm's meshes among obstacles in PyBullet, without physics: judge and picture of planned motions.

Imports core, kinematics, planning's obstacles and pybullet. It shares neither the volumes nor the collision library of
the planner: each link is the convex hull of Franka's collision mesh, and distances are Bullet's.
"""

from __future__ import annotations

import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pybullet
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.kinematics import RobotProfile
from midp_ros.planning import Obstacle
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.obstacle_bodies import add_obstacle

BEAD_RGBA, BEAD_M = (0.1, 0.35, 0.8, 1.0), 0.006
EYES_M = ((1.75, -1.35, 1.05), (0.75, 1.95, 1.25))  # of the picture's two halves


class Nearest(NamedTuple):
    """The smallest distance between the arm and an obstacle [m]; negative where they overlap."""

    distance_m: float
    link: str
    obstacle: str


class MeshScene:
    """One arm, without a table, and obstacles.

    Args:
        visuals: load what a picture shows.
    """

    def __init__(self, profile: RobotProfile, obstacles: Sequence[Obstacle] = (), visuals: bool = False):
        self._profile, self._engine = profile, Engine(visuals)
        self._client = self._engine.client
        if not visuals:
            self._client.removeBody(self._engine.table)
        self._obstacles = {add_obstacle(self._engine, obstacle): obstacle.name for obstacle in obstacles}
        self._arm = -1 if visuals else self._add_arm(solid=True)

    def nearest(self, position_rad: Array, within_m: float = 0.05) -> Nearest | None:
        """The nearest that a moving link is to an obstacle, at joint positions (joints,); None: nothing within."""
        self._place(self._arm, position_rad)
        found = [
            Nearest(float(point[8]), self._links[point[3]], self._obstacles[body])
            for body in self._obstacles
            for point in self._client.getClosestPoints(self._arm, body, within_m)
            if point[3] >= 0  # -1: the base, which stays where it is
        ]
        return min(found, default=None)

    def picture(self, postures_rad: Array, tool_m: Array, width: int = 720, height: int = 640) -> NDArray[np.uint8]:
        """An image (height, 2 width, 3) from the front right and from the left, of the arm in some postures (postures,
        joints), from blue to yellow, and the tool's way (points, 3)."""
        for number, position_rad in enumerate(postures_rad):
            arm = self._add_arm(solid=False)
            self._place(arm, position_rad)
            fade = number / max(1, len(postures_rad) - 1)
            for link in range(-1, self._client.getNumJoints(arm)):
                hidden = link < 0 < number  # the base is the same in all of them
                rgba = [0.35 + 0.6 * fade, 0.55 + 0.3 * fade, 0.95 - 0.35 * fade, 0.0 if hidden else 1.0]
                self._client.changeVisualShape(arm, link, rgbaColor=rgba)
        for point_m in tool_m:
            look = self._client.createVisualShape(pybullet.GEOM_SPHERE, radius=BEAD_M, rgbaColor=BEAD_RGBA)
            self._client.createMultiBody(0.0, -1, look, point_m.tolist())
        return np.concatenate([self._view(eye_m, width, height) for eye_m in EYES_M], axis=1)

    def _view(self, eye_m: tuple[float, float, float], width: int, height: int) -> NDArray[np.uint8]:
        view = self._client.computeViewMatrix(eye_m, [0.2, 0.0, 0.42], [0, 0, 1])
        projection = self._client.computeProjectionMatrixFOV(42, width / height, 0.05, 8.0)
        _, _, rgba, _, _ = self._client.getCameraImage(
            width, height, view, projection, lightDirection=[0.6, -0.6, 1.5], renderer=pybullet.ER_TINY_RENDERER
        )
        return np.reshape(np.asarray(rgba, np.uint8), (height, width, 4))[:, :, :3]

    def close(self) -> None:
        """Frees the physics client."""
        self._engine.close()

    def _add_arm(self, solid: bool) -> int:
        text = self._profile.urdf_path.read_text()
        if solid:
            text = _solid(text)
        with tempfile.NamedTemporaryFile("w", suffix=".urdf") as file:
            file.write(text)
            file.flush()
            arm = self._engine.add_urdf(Path(file.name))
        self._joints = self._engine.joint_indices(arm, self._profile.joint_names)
        self._fingers = self._engine.joint_indices(arm, self._profile.finger_joint_names)
        infos = [self._client.getJointInfo(arm, i) for i in range(self._client.getNumJoints(arm))]
        self._links = [info[12].decode() for info in infos]
        return arm

    def _place(self, arm: int, position_rad: Array) -> None:
        for joint, value in zip(self._joints, position_rad, strict=True):
            self._client.resetJointState(arm, joint, float(value))
        for joint in self._fingers:
            self._client.resetJointState(arm, joint, self._profile.gripper_width_max_m / 2)


def _solid(urdf: str) -> str:
    """The description with a collision shape for each mesh, in the place of its own; Bullet takes the convex hull."""
    robot = ElementTree.fromstring(urdf)
    for link in robot.iter("link"):
        for own in link.findall("collision"):
            link.remove(own)
        for visual in link.findall("visual"):
            solid = ElementTree.SubElement(link, "collision")
            solid.extend(part for part in visual if part.tag in ("origin", "geometry"))
    return ElementTree.tostring(robot, "unicode").replace("/visual/", "/collision/")
