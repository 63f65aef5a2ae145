"""Teleoperation tracker: the joints along a chunk of tool poses or of a leader's joints.

Imports core and kinematics.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Entry
from midp_ros.kinematics.model import ArmModel
from midp_ros.kinematics.tracked_motion import TrackedMotion
from midp_ros.kinematics.tracking import ToolTracker

JOINTS, FOLLOWING = "joint_position", "leader_following"
POINT_S = 0.02  # between two points of the joint motion, which bends less than the targets' rate could show
POSTURE_PER_S = 0.5  # share of the way to the posture per second, as ToolTracker's own gain at 10 Hz


def with_leader(contract: Contract) -> Contract:
    """The contract with a leader's joints, and whether they are followed (1) or the tool's pose is (0), as actions."""
    joints = next(entry.size for entry in contract.observation if entry.name == JOINTS)
    extra = Entry(JOINTS, joints, "rad", sink="arm"), Entry(FOLLOWING, 1, "1", sink="arm")
    return replace(contract, action=(*contract.action, *extra))


class TeleopTracker:
    """A Tracker for the policy's loop.

    At rest the joints rest: without a person's motion the arm does not move towards its posture either.
    """

    def __init__(self, model: ArmModel, contract: Contract):
        self._moving = ToolTracker(model, contract, posture_gain=POSTURE_PER_S * max(contract.step_s, POINT_S))
        self._resting = ToolTracker(model, contract, posture_gain=0.0)
        self._profile, places = model.profile, contract.action_slices
        self._tool = [places["tool_position"], places["tool_rotation"]]
        self._joints, self._following = places.get(JOINTS), places.get(FOLLOWING)

    def motion(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        """The joint motion along a chunk from the given joint state, as ToolTracker's."""
        if self._joints is not None and self._following is not None and chunk.actions[0, self._following][0] > 0.5:
            return self._along(chunk.actions[:, self._joints], chunk, position_rad, velocity_rad_s)
        moves = any(np.ptp(chunk.actions[:, place], axis=0).max() > 1e-9 for place in self._tool)
        coarse = chunk
        if (stride := int(POINT_S / chunk.step_s + 1e-9)) > 1 and len(chunk) >= stride:
            coarse = ActionChunk(chunk.actions[stride - 1 :: stride], chunk.time_s, stride * chunk.step_s)
        return (self._moving if moves else self._resting).motion(coarse, position_rad, velocity_rad_s)

    def _along(self, path_rad: Array, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        profile, step_s = self._profile, chunk.step_s

        def follow(point: int, start: Array) -> Array:
            slowest, fastest = profile.velocity_range(start)
            low = np.minimum(np.maximum(profile.position_min_rad, start + 0.8 * step_s * slowest), start)
            high = np.maximum(np.minimum(profile.position_max_rad, start + 0.8 * step_s * fastest), start)
            return np.minimum(np.maximum(path_rad[point - 1], low), high)

        time_s = chunk.time_s + step_s * np.arange(len(path_rad) + 1, dtype=np.float64)
        return TrackedMotion(time_s, np.asarray(position_rad, float), np.asarray(velocity_rad_s, float), follow)
