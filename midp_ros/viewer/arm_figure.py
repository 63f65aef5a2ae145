"""The arm in the scene: links in a tree, of which only the joints' rotations are sent; imports core and viser."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import viser

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.viewer.arm_description import ArmDescription, Joint

WHITE, DARK = (235, 235, 235), (110, 115, 120)
STICK_M = 0.05  # drawn where a link's mesh is missing
SMALLEST = 1e-4  # [rad] or [m]: a smaller change is not sent


class ArmFigure:
    """One arm."""

    def __init__(self, scene: viser.SceneApi, arm: ArmDescription):
        paths = {arm.root: f"/arm/{arm.root}"}
        scene.add_frame(paths[arm.root], show_axes=False)
        self._moving: list[tuple[Joint, viser.FrameHandle]] = []
        for joint in arm.joints:
            path = paths[joint.child] = f"{paths[joint.parent]}/{joint.child}"
            handle = scene.add_frame(path, show_axes=False, **placed(joint.pose(0.0)))
            if joint.moves:
                self._moving.append((joint, handle))
        for link, mesh in arm.meshes.items():
            colour = DARK if "finger" in link or link == arm.root else WHITE
            scene.add_mesh_simple(f"{paths[link]}/mesh", mesh.vertices_m, mesh.faces, color=colour)
        if not arm.meshes:
            for joint in arm.joints:
                scene.add_frame(f"{paths[joint.child]}/axes", axes_length=STICK_M, axes_radius=STICK_M / 10)
        self._shown = dict.fromkeys((joint.name for joint, _ in self._moving), 0.0)

    def move(self, positions: Mapping[str, float]) -> None:
        """Moves the joints that are named, to [rad] or [m]; others stay."""
        for joint, handle in self._moving:
            position = positions.get(joint.name)
            if position is None or abs(position - self._shown[joint.name]) < SMALLEST:
                continue
            self._shown[joint.name] = position
            pose = joint.pose(position)
            if joint.slides:
                handle.position = pose.position_m
            else:
                handle.wxyz = wxyz(pose.quaternion)


def wxyz(quaternion: Array) -> Array:
    """viser's order of a quaternion (x, y, z, w)."""
    return np.roll(quaternion, 1)


def placed(pose: Pose) -> dict[str, Array]:
    """A pose as viser's arguments."""
    return {"position": pose.position_m, "wxyz": wxyz(pose.quaternion)}
