"""Chunk path: the tool's way along a chunk of a slow policy, sampled at a faster rate; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.kinematics.transform_buffer import interpolated


class ChunkPath:
    """Positions by a cubic through the chunk's poses, rotations about the axis from one to the next.

    Args:
        tool: where the tool was commanded to be at the chunk's time; the path begins there.
        linear_m_s: its velocity then (3,).
    """

    def __init__(self, contract: Contract, chunk: ActionChunk, tool: Pose, linear_m_s: Array):
        self._chunk, places = chunk, contract.action_slices
        position_m = np.vstack([tool.position_m, chunk.actions[:, places["tool_position"]]])
        self._rotations = np.concatenate(
            [tool.rotation[None], matrix_from_rotation6(chunk.actions[:, places["tool_rotation"]])]
        )
        velocity = np.zeros_like(position_m)
        velocity[0] = linear_m_s
        velocity[1:-1] = (position_m[2:] - position_m[:-2]) / (2 * chunk.step_s)
        self._position_m, self._velocity_m_s = position_m, velocity

    @property
    def end_s(self) -> float:
        """When the last pose is reached [s]."""
        return self._chunk.time_s + len(self._chunk) * self._chunk.step_s

    def pose(self, time_s: float) -> Pose:
        """The tool at a time [s]; before the path its beginning, after it its end."""
        knot, share = self._place(time_s)
        h = self._chunk.step_s
        p0, p1 = self._position_m[knot : knot + 2]
        v0, v1 = h * self._velocity_m_s[knot], h * self._velocity_m_s[knot + 1]
        c2, c3 = 3 * (p1 - p0) - 2 * v0 - v1, v0 + v1 - 2 * (p1 - p0)
        position_m = p0 + share * (v0 + share * (c2 + share * c3))
        begin, end = (Pose(position_m, self._rotations[k]) for k in (knot, knot + 1))
        return interpolated(begin, end, share)

    def action(self, time_s: float) -> Array:
        """The chunk's action (action_size,) in force at a time [s]."""
        return np.asarray(self._chunk.actions[self._place(time_s)[0]])

    def _place(self, time_s: float) -> tuple[int, float]:
        steps = (time_s - self._chunk.time_s) / self._chunk.step_s
        knot = int(np.clip(np.floor(steps + 1e-9), 0, len(self._chunk) - 1))
        return knot, float(np.clip(steps - knot, 0.0, 1.0))
