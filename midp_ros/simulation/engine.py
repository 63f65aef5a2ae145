"""A PyBullet world without a window, stepped at 1 kHz; imports core, kinematics and pybullet."""

from __future__ import annotations

import ctypes
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.pose import Pose
from midp_ros.kinematics.merged_links import without_fixed_links

Box = tuple[Sequence[float], Sequence[float]]  # half sizes and centre in the body's frame [m]
PHYSICS_RATE_HZ = 1000
TABLE_HALF_SIZE_M = (0.45, 0.6, 0.02)
TABLE_CENTRE_M = (0.5, 0.0, -0.02)  # its top lies in the plane of the robot's base
GRAVITY_M_S2 = 9.81
MARKER_M = 0.08
BELT_MASS_KG, BELT_FORCE_N = 100.0, 1e4  # so that nothing that an arm does slows it down
SOLVER_ITERATIONS = 10  # enough for a firm grasp; Bullet's default of 50 takes twice the time for a step


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Bullet's own C prints (build time, warnings about massless frames) off the user's screen."""
    saved, null = [os.dup(1), os.dup(2)], os.open(os.devnull, os.O_WRONLY)
    try:
        for number in (1, 2):
            os.dup2(null, number)
        yield
    finally:
        ctypes.CDLL(None).fflush(None)  # C has a buffer of its own, which would be printed later
        for number, original in zip((1, 2), saved, strict=True):
            os.dup2(original, number)
            os.close(original)
        os.close(null)


with _quiet():
    import pybullet
    import pybullet_data
    from pybullet_utils.bullet_client import BulletClient


class Engine:
    """A physics client with a table; `visuals` loads the meshes, which only images need.

    With `coarse` the arm is drawn by its collision meshes: a small image takes a sixth of the time.

    Attributes:
        step: one millisecond of physics.
    """

    def __init__(self, visuals: bool = False, coarse: bool = False):
        self.visuals, self._coarse = visuals, coarse
        with _quiet():
            self.client = BulletClient(pybullet.DIRECT)
        self.step: Callable[[], object] = self.client.stepSimulation  # looked up once, as it is called so often
        self.clear()

    def clear(self) -> None:
        """Removes everything but the table; the world is then as new, so that equal seeds give equal episodes."""
        self.client.resetSimulation()
        self.client.setPhysicsEngineParameter(
            fixedTimeStep=1.0 / PHYSICS_RATE_HZ,
            numSolverIterations=SOLVER_ITERATIONS,
            solverResidualThreshold=1e-5,
            deterministicOverlappingPairs=1,
        )
        self.client.setGravity(0, 0, -GRAVITY_M_S2)
        self.table = self.add_box(TABLE_HALF_SIZE_M, TABLE_CENTRE_M, mass_kg=0.0, rgba=(0.72, 0.69, 0.64, 1))

    def add_box(
        self,
        half_size_m: Sequence[float],
        position_m: Sequence[float],
        mass_kg: float,
        rgba: Sequence[float],
        quaternion: Sequence[float] = (0, 0, 0, 1),
        friction: float = 1.0,
    ) -> int:
        """Adds a box; returns its body number."""
        shape = self.client.createCollisionShape(pybullet.GEOM_BOX, halfExtents=list(half_size_m))
        look = self.client.createVisualShape(pybullet.GEOM_BOX, halfExtents=list(half_size_m), rgbaColor=list(rgba))
        body: int = self.client.createMultiBody(
            mass_kg,
            shape,
            look if self.visuals else -1,
            list(position_m),
            list(quaternion),
            useMaximalCoordinates=True,  # a plain rigid body: its contacts cost half of a one-link multi-body's
        )
        self.client.changeDynamics(body, -1, lateralFriction=friction)  # what spins is held by the fingers' friction
        return body

    def add_compound(
        self, boxes: Sequence[Box], pose: Pose, mass_kg: float, rgba: Sequence[float], friction: float = 1.0
    ) -> int:
        """Adds one rigid body made of upright boxes, its centre of mass in its frame; returns its body number."""
        shapes = {
            "shapeTypes": [pybullet.GEOM_BOX] * len(boxes),
            "halfExtents": [list(half) for half, _ in boxes],
        }
        centres = [list(centre) for _, centre in boxes]
        look = -1
        if self.visuals:
            colours = [list(rgba)] * len(boxes)
            look = self.client.createVisualShapeArray(**shapes, visualFramePositions=centres, rgbaColors=colours)
        shape = self.client.createCollisionShapeArray(**shapes, collisionFramePositions=centres)
        body: int = self.client.createMultiBody(
            mass_kg, shape, look, pose.position_m.tolist(), pose.quaternion.tolist(), useMaximalCoordinates=True
        )
        self.client.changeDynamics(body, -1, lateralFriction=friction)
        return body

    def add_belt(self, half_size_m: Sequence[float], centre_m: Sequence[float], speed_m_s: float) -> int:
        """Adds a plate that moves along y at a speed and carries what lies on it; returns its body number.

        It has no look, and goes through the table. Bullet has no surface that moves while its body stands still.
        """
        shape = self.client.createCollisionShape(pybullet.GEOM_BOX, halfExtents=list(half_size_m))
        # Without a look Bullet would draw the collision shape: a speck inside the table.
        speck = {"halfExtents": [1e-4] * 3, "visualFramePosition": [0, 0, -0.01]} if self.visuals else None
        look = self.client.createVisualShape(pybullet.GEOM_BOX, **speck) if speck else -1
        link = {"Masses": BELT_MASS_KG, "CollisionShapeIndices": shape, "VisualShapeIndices": look, "ParentIndices": 0}
        link |= {"Positions": (0, 0, 0), "Orientations": (0, 0, 0, 1), "JointTypes": pybullet.JOINT_PRISMATIC}
        link |= {"InertialFramePositions": (0, 0, 0), "InertialFrameOrientations": (0, 0, 0, 1), "JointAxis": (0, 1, 0)}
        lists = {f"link{name}": [value] for name, value in link.items()}
        body: int = self.client.createMultiBody(0.0, -1, -1, list(centre_m), **lists)
        self.client.setCollisionFilterPair(body, self.table, 0, -1, 0)
        self.client.resetJointState(body, 0, 0.0, speed_m_s)
        motor = {"targetVelocity": speed_m_s, "force": BELT_FORCE_N}
        self.client.setJointMotorControl2(body, 0, pybullet.VELOCITY_CONTROL, **motor)
        return body

    def add_marker(self, pose: Pose) -> list[int]:
        """Adds the axes of a pose, visible but without collisions: x red, y green, z blue; nothing without visuals."""
        axes = np.eye(3)
        boxes = [(np.where(axis > 0, MARKER_M / 2, 0.004).tolist(), (axis * MARKER_M / 2).tolist()) for axis in axes]
        return [
            body
            for box, axis in zip(boxes, axes, strict=True)
            for body in self.add_figure([box], pose, [*axis * 0.8 + 0.1, 1])
        ]

    def add_figure(self, boxes: Sequence[Box], pose: Pose, rgba: Sequence[float]) -> list[int]:
        """Adds visible boxes without collisions, a marker for `move_marker`; nothing without visuals."""
        if not self.visuals:
            return []
        bodies = []
        for half, centre in boxes:
            look = self.client.createVisualShape(
                pybullet.GEOM_BOX, halfExtents=list(half), visualFramePosition=list(centre), rgbaColor=list(rgba)
            )
            bodies.append(self.client.createMultiBody(0.0, -1, look))
        self.move_marker(bodies, pose)
        return bodies

    def move_marker(self, bodies: list[int], pose: Pose) -> None:
        """Moves a marker."""
        for body in bodies:
            self.client.resetBasePositionAndOrientation(body, pose.position_m.tolist(), pose.quaternion.tolist())

    def add_urdf(self, path: Path) -> int:
        """Loads a fixed-base robot; its meshes come from the installed pybullet_data."""
        text = without_fixed_links(path.read_text(), self.visuals)
        if self._coarse:
            text = text.replace("/meshes/visual/", "/meshes/collision/")
        text = text.replace("package://pybullet_data", pybullet_data.getDataPath())
        # Bullet's limit constraints cost a fifth of a step; the arm clips its commands to the limits instead.
        text = text.replace('type="revolute"', 'type="continuous"')
        with tempfile.NamedTemporaryFile("w", suffix=".urdf") as file, _quiet():
            file.write(text)
            file.flush()
            body: int = self.client.loadURDF(file.name, useFixedBase=True, flags=pybullet.URDF_USE_INERTIA_FROM_FILE)
        return body

    def joint_indices(self, body: int, names: Sequence[str]) -> list[int]:
        """Bullet's numbers of a robot's joints, in the order of the names."""
        found = {self.client.getJointInfo(body, i)[1].decode(): i for i in range(self.client.getNumJoints(body))}
        return [found[name] for name in names]

    def render(self, width: int = 480, height: int = 360) -> NDArray[np.uint8]:
        """An image (height, width, 3) of the scene from the front right, rendered on the CPU."""
        view = self.client.computeViewMatrix([1.35, -0.85, 0.70], [0.30, 0.0, 0.32], [0, 0, 1])
        projection = self.client.computeProjectionMatrixFOV(42, width / height, 0.05, 5.0)
        _, _, rgba, _, _ = self.client.getCameraImage(
            width, height, view, projection, lightDirection=[0.6, -0.6, 1.5], renderer=pybullet.ER_TINY_RENDERER
        )
        return np.reshape(np.asarray(rgba, np.uint8), (height, width, 4))[:, :, :3]

    def close(self) -> None:
        """Frees the client."""
        self.client.disconnect()
