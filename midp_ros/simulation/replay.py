"""Images of an episode from its recorded observations; imports core and the simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.errors import FileFormatError
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.simulation.simulation import Simulation


def draw_replay(
    task: str, robot: str, observations: Mapping[str, Sequence[Any]], width: int = 480, height: int = 360
) -> list[NDArray[np.uint8]]:
    """Images (height, width, 3), one per observation.

    Args:
        observations: columns by contract entry name: `joint_position` (steps, joints), `gripper_width` (steps, 1), and
            for each object of the scene what `observed_poses` takes.

    Raises:
        FileFormatError: an object that the task places was not observed.
    """
    simulation = Simulation(task, robot, visuals=True)
    pictures = []
    for step, joints in enumerate(observations["joint_position"]):
        simulation.place(np.asarray(joints))
        if "gripper_width" in observations:
            simulation.gripper.place(float(observations["gripper_width"][step][0]))
        try:
            simulation.task.place(simulation.engine, observed_poses(simulation, observations, step))
        except KeyError as e:
            raise FileFormatError(f"no {e.args[0]}_position is observed, where {task!r} could be drawn") from None
        pictures.append(simulation.engine.render(width, height))
    return pictures


def observed_poses(simulation: Simulation, observations: Mapping[str, Any], step: int = 0) -> dict[str, Pose]:
    """The poses of the scene's objects that were observed.

    Args:
        observations: columns `NAME_position` (steps, 3) and `NAME_rotation` (steps, 6); an object without the latter
            is turned as it is in the simulation.
    """
    poses = {}
    for name, pose in simulation.task.observe(simulation.engine).items():
        if (positions_m := observations.get(f"{name}_position")) is not None:
            turned = observations.get(f"{name}_rotation")
            rotation = pose.rotation if turned is None else matrix_from_rotation6(turned[step])
            poses[name] = Pose(np.asarray(positions_m[step]), rotation)
    return poses
