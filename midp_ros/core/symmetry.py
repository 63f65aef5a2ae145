"""One orientation for all equivalent ones of a symmetric object, for a policy's observation; imports numpy only."""

from __future__ import annotations

from math import copysign

import numpy as np

from midp_ros.core.arrays import Array


def upright_cube(rotation: Array) -> Array:
    """The one of a cube's 24 equivalent rotations (3, 3) whose axes are nearest to the base's.

    The axis nearest to vertical becomes z, pointing up; of the other two, the one nearest to x becomes x, pointing
    forward. The yaw of a cube that lies flat is then within 45 degrees of zero.

    Args:
        rotation: of the cube in the base frame (3, 3).
    """
    rows = rotation.tolist()  # plain numbers: this takes a tenth of the time that arrays take
    up = max(range(3), key=lambda i: abs(rows[2][i]))
    forward = max((i for i in range(3) if i != up), key=lambda i: abs(rows[0][i]))
    z0, z1, z2 = (row[up] * copysign(1.0, rows[2][up]) for row in rows)
    x0, x1, x2 = (row[forward] * copysign(1.0, rows[0][forward]) for row in rows)
    return np.array([[x0, z1 * x2 - z2 * x1, z0], [x1, z2 * x0 - z0 * x2, z1], [x2, z0 * x1 - z1 * x0, z2]])
