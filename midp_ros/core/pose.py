"""Rigid poses and rotation representations; imports numpy only.

Quaternions are (x, y, z, w) as in geometry_msgs. `rotation6` is the continuous representation of Zhou et al. 2019
("On the Continuity of Rotation Representations"): the first two columns of the rotation matrix, stacked.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.core.arrays import Array


@dataclass(frozen=True)
class Pose:
    """Position [m] (3,) and rotation matrix (3, 3) of one frame in another."""

    position_m: Array
    rotation: Array

    @classmethod
    def from_quaternion(cls, position_m: ArrayLike, quaternion: ArrayLike) -> Pose:
        """From a position and a quaternion (x, y, z, w)."""
        return cls(np.asarray(position_m, float), matrix_from_quaternion(quaternion))

    @property
    def quaternion(self) -> Array:
        """The rotation as a quaternion (x, y, z, w), w >= 0."""
        return quaternion_from_matrix(self.rotation)

    @property
    def rotation6(self) -> Array:
        """The rotation's first two columns, stacked (6,)."""
        return rotation6_from_matrix(self.rotation)

    def __matmul__(self, other: Pose) -> Pose:
        return Pose(self.position_m + self.rotation @ other.position_m, self.rotation @ other.rotation)

    def inverse(self) -> Pose:
        """The pose of the reference in this frame."""
        return Pose(-self.rotation.T @ self.position_m, self.rotation.T)


def magnitude(vector: Array) -> float:
    """Euclidean length of a vector (n,); np.linalg.norm takes three times as long for the same number."""
    return sqrt(vector.dot(vector))


def matrix_from_quaternion(quaternion: ArrayLike) -> Array:
    """Rotation matrix (3, 3) of a quaternion (x, y, z, w), which is normalised first."""
    q = np.asarray(quaternion, float)
    norm = magnitude(q)
    if not isfinite(norm) or norm < 1e-9:
        raise ValueError(f"not a rotation: quaternion {q.tolist()}")
    x, y, z, w = (q / norm).tolist()  # plain numbers: numpy's own take three times as long one by one
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_from_matrix(rotation: ArrayLike) -> Array:
    """Quaternion (x, y, z, w), w >= 0, of a rotation matrix (Shepperd 1978)."""
    m = np.asarray(rotation, float).tolist()
    t = [m[0][0], m[1][1], m[2][2], m[0][0] + m[1][1] + m[2][2]]
    i = t.index(max(t))
    if i == 3:
        parts = [m[2][1] - m[1][2], m[0][2] - m[2][0], m[1][0] - m[0][1], 1 + t[3]]
    else:
        j, k = (i + 1) % 3, (i + 2) % 3
        parts = [0.0, 0.0, 0.0, m[k][j] - m[j][k]]
        parts[i], parts[j], parts[k] = 1 + t[i] - t[j] - t[k], m[i][j] + m[j][i], m[i][k] + m[k][i]
    q = np.array(parts)
    q /= magnitude(q)
    return q if q[3] >= 0 else -q


def rotation6_from_matrix(rotation: ArrayLike) -> Array:
    """First two columns of the rotation matrix, stacked (6,)."""
    m = np.asarray(rotation, float)
    return np.concatenate([m[:, 0], m[:, 1]])


def matrix_from_rotation6(rotation6: ArrayLike) -> Array:
    """Rotation matrices (..., 3, 3) of six numbers each (..., 6), by Gram-Schmidt (Zhou et al. 2019, equation 15)."""
    v = np.asarray(rotation6, float)
    if v.ndim == 1:
        return _matrix_of_one(v.tolist())
    first, second = v[..., :3], v[..., 3:]
    length = np.sqrt((first * first).sum(axis=-1, keepdims=True))
    if not np.isfinite(v).all() or (length < 1e-6).any():
        raise ValueError(f"not a rotation: {v.tolist()}")
    a = first / length
    b = second - a * (a * second).sum(axis=-1, keepdims=True)
    length = np.sqrt((b * b).sum(axis=-1, keepdims=True))
    if (length < 1e-6).any():
        raise ValueError(f"not a rotation: {v.tolist()}")
    b = b / length
    # np.cross takes five times as long as all of this.
    c = a[..., [1, 2, 0]] * b[..., [2, 0, 1]] - a[..., [2, 0, 1]] * b[..., [1, 2, 0]]
    return np.stack([a, b, c], axis=-1)


def _matrix_of_one(rotation6: list[float]) -> Array:
    """As `matrix_from_rotation6`; for one rotation plain numbers take a tenth of the time."""
    x, y, z, *second = rotation6
    length = sqrt(x * x + y * y + z * z)
    if not all(map(isfinite, rotation6)) or length < 1e-6:
        raise ValueError(f"not a rotation: {rotation6}")
    a = x, y, z = x / length, y / length, z / length
    along = x * second[0] + y * second[1] + z * second[2]
    u, v, w = (s - k * along for k, s in zip(a, second, strict=True))
    length = sqrt(u * u + v * v + w * w)
    if length < 1e-6:
        raise ValueError(f"not a rotation: {rotation6}")
    u, v, w = u / length, v / length, w / length
    return np.array([[x, u, y * w - z * v], [y, v, z * u - x * w], [z, w, x * v - y * u]])


def rotation_vector(rotation: ArrayLike) -> Array:
    """Axis times angle [rad] (3,) of a rotation matrix: the logarithm on SO(3)."""
    q = quaternion_from_matrix(rotation)
    norm = magnitude(q[:3])
    if norm < 1e-12:
        return 2.0 * q[:3]
    return q[:3] * (2.0 * np.arctan2(norm, q[3]) / norm)


def matrix_from_rotation_vector(vector: ArrayLike) -> Array:
    """Rotation matrix of axis times angle [rad]: the exponential on SO(3)."""
    v = np.asarray(vector, float)
    angle = magnitude(v)
    half = 0.5 * angle
    scale = 0.5 if angle < 1e-12 else np.sin(half) / angle
    return matrix_from_quaternion([*(v * scale).tolist(), np.cos(half)])


def angle_between(a: ArrayLike, b: ArrayLike) -> float:
    """Angle [rad] of the rotation that takes matrix `a` to matrix `b`."""
    return magnitude(rotation_vector(np.asarray(a, float).T @ np.asarray(b, float)))


def rotation_about_x(angle_rad: float) -> Array:
    """Rotation matrix about x."""
    return matrix_from_rotation_vector([angle_rad, 0.0, 0.0])


def rotation_about_z(angle_rad: float) -> Array:
    """Rotation matrix about z."""
    return matrix_from_rotation_vector([0.0, 0.0, angle_rad])


_UPSIDE_DOWN = rotation_about_x(np.pi)


def tool_down(yaw_rad: float) -> Array:
    """Rotation of a tool that points straight down (its z along -z of the base), turned by yaw about the base's z."""
    return rotation_about_z(yaw_rad) @ _UPSIDE_DOWN
