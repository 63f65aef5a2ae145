"""Transforms between an arm's links, as robot_state_publisher publishes them; imports core and pinocchio."""

from __future__ import annotations

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose


class LinkTree:
    """Every link of a URDF in its parent link's frame.

    Attributes:
        moving, fixed: pairs (parent, child) of links with a movable and with a fixed joint between them.
    """

    def __init__(self, urdf: str):
        self._model = pin.buildModelFromXML(urdf)
        self._data = self._model.createData()
        frames = list(self._model.frames)
        links = {i: self._parent_link(i) for i, f in enumerate(frames) if f.type == pin.FrameType.BODY}
        pairs = [(parent, child) for child, parent in links.items() if parent is not None]
        self._moving = [(p, c) for p, c in pairs if frames[p].parentJoint != frames[c].parentJoint]
        self._fixed = [pair for pair in pairs if pair not in self._moving]
        self.moving = [(frames[p].name, frames[c].name) for p, c in self._moving]
        self.fixed = [(frames[p].name, frames[c].name) for p, c in self._fixed]
        joints = list(self._model.joints)[1:]  # the first is the world
        self._arm = [j.idx_q for j in joints if j.shortname().startswith("JointModelR")]
        self._fingers = [j.idx_q for j in joints if j.shortname().startswith("JointModelP")]

    def moving_poses(self, position_rad: Array, finger_m: float) -> Array:
        """Position [m] and quaternion (x, y, z, w) of each moving link (links, 7); each finger is `finger_m` out."""
        q = pin.neutral(self._model)
        q[self._arm], q[self._fingers] = position_rad, finger_m
        return self._poses(q, self._moving)

    def fixed_poses(self) -> Array:
        """The same for the fixed links."""
        return self._poses(pin.neutral(self._model), self._fixed)

    def _poses(self, q: Array, pairs: list[tuple[int, int]]) -> Array:
        pin.framesForwardKinematics(self._model, self._data, q)
        placed = self._data.oMf
        return np.array([pin.SE3ToXYZQUAT(placed[parent].actInv(placed[child])) for parent, child in pairs])

    def _parent_link(self, frame: int) -> int | None:
        while frame:
            frame = self._model.frames[frame].parentFrame
            if self._model.frames[frame].type == pin.FrameType.BODY:
                return frame
        return None


def pose_numbers(pose: Pose) -> Array:
    """Position [m] and quaternion (x, y, z, w) of a pose (7,)."""
    numbers: Array = pin.SE3ToXYZQUAT(pin.SE3(pose.rotation, pose.position_m))
    return numbers
