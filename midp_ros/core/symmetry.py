"""One orientation for all equivalent ones of a symmetric object, for a policy's observation; imports numpy only."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array


def upright_cube(rotation: Array) -> Array:
    """The one of a cube's 24 equivalent rotations (3, 3) whose axes are nearest to the base's.

    The axis nearest to vertical becomes z, pointing up; of the other two, the one nearest to x becomes x, pointing
    forward. The yaw of a cube that lies flat is then within 45 degrees of zero.

    Args:
        rotation: of the cube in the base frame (3, 3).
    """
    up = int(np.argmax(np.abs(rotation[2])))
    z = rotation[:, up] * np.sign(rotation[2, up])
    sides = [i for i in range(3) if i != up]
    forward = max(sides, key=lambda i: abs(rotation[0, i]))
    x = rotation[:, forward] * np.sign(rotation[0, forward])
    return np.column_stack([x, np.cross(z, x), z])
