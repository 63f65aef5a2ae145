"""Images of an episode from its recorded observations; imports core and the simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.simulation.simulation import Simulation


def draw_replay(
    task: str, robot: str, observations: Mapping[str, Sequence[Any]], width: int = 480, height: int = 360
) -> list[NDArray[np.uint8]]:
    """Images (height, width, 3), one per observation.

    Args:
        observations: columns by contract entry name: `joint_position` (steps, joints), `gripper_width` (steps, 1), and
            for each object of the scene `NAME_position` (steps, 3) with `NAME_rotation` (steps, 6).
    """
    simulation = Simulation(task, robot, visuals=True)
    things = [n.removesuffix("_position") for n in observations if n.endswith("_position")]
    things = [n for n in things if f"{n}_rotation" in observations and n != "tool"]
    pictures = []
    for step, joints in enumerate(observations["joint_position"]):
        simulation.place(np.asarray(joints))
        if "gripper_width" in observations:
            simulation.gripper.place(float(observations["gripper_width"][step][0]))
        poses = {}
        for name in things:
            position_m, rotation6 = (observations[f"{name}_{part}"][step] for part in ("position", "rotation"))
            poses[name] = Pose(np.asarray(position_m), matrix_from_rotation6(rotation6))
        simulation.task.place(simulation.engine, poses)
        pictures.append(simulation.engine.render(width, height))
    return pictures
