"""A cube that the hand grasps by its faces; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, angle_between, magnitude, tool_down
from midp_ros.core.symmetry import upright_cube
from midp_ros.simulation.engine import Engine


class GraspableCube:
    """What tasks with one cube have in common; `reset` of each makes the cube.

    Attributes:
        cube: its body in the engine.
    """

    cube: int

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """The cube.

        Its faces look alike, so perception knows its yaw only up to a quarter turn: within 45 degrees of zero.
        """
        position, quaternion = engine.client.getBasePositionAndOrientation(self.cube)
        pose = Pose.from_quaternion(position, quaternion)
        return {"object": Pose(pose.position_m, upright_cube(pose.rotation))}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets the cube's pose."""
        pose = poses["object"]
        engine.client.resetBasePositionAndOrientation(self.cube, pose.position_m.tolist(), pose.quaternion.tolist())

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """To the cube's centre, and to the cube's faces."""
        cube = self.observe(engine)["object"]
        yaw = np.arctan2(cube.rotation[1, 0], cube.rotation[0, 0])
        return magnitude(tool.position_m - cube.position_m), angle_between(tool.rotation, tool_down(yaw))

    def cube_m(self, engine: Engine) -> Array:
        """Place of its centre (3,) [m]."""
        return np.array(engine.client.getBasePositionAndOrientation(self.cube)[0])
