"""Table, objects and named poses in the scene; imports core and viser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import viser

from midp_ros.core.pose import Pose
from midp_ros.viewer.arm_figure import placed

AXES_M = 0.08
TABLE_M, TABLE_CENTRE_M, TABLE_COLOUR = (0.9, 1.2, 0.04), (0.5, 0.0), (184, 176, 163)
SMALLEST = 1e-4  # [m], and of a rotation matrix: a smaller change is not sent


class Box(Protocol):
    """One visible box, as simulation.task_scene gives it: edges, pose of the centre in the base frame, colour."""

    @property
    def size_m(self) -> tuple[float, float, float]:
        """Its edges (3,)."""

    @property
    def pose(self) -> Pose:
        """Of its centre in the base frame."""

    @property
    def rgba(self) -> tuple[float, float, float, float]:
        """Colour and opacity, each 0 to 1."""


class SceneFigure:
    """What stands around the arm."""

    def __init__(self, scene: viser.SceneApi, table_height_m: float):
        self._scene = scene
        centre = (*TABLE_CENTRE_M, table_height_m - TABLE_M[2] / 2)
        self._table = scene.add_box("/table", TABLE_COLOUR, TABLE_M, position=centre)
        self._axes: dict[str, _Placed] = {}
        self._boxes: list[_Placed] = []

    def show_poses(self, poses: Mapping[str, Pose]) -> None:
        """Draws named poses as axes with their names."""
        for name, pose in poses.items():
            if name not in self._axes:
                handle = self._scene.add_frame(f"/poses/{name}", axes_length=AXES_M, axes_radius=AXES_M / 20)
                self._scene.add_label(f"/poses/{name}/label", name)
                self._axes[name] = _Placed(handle)
            self._axes[name].move(pose)

    def show_boxes(self, boxes: Sequence[Box]) -> None:
        """Draws the boxes of a task's scene, which has a table of its own, in place of those before."""
        self._table.visible = not boxes
        for old in self._boxes:
            old.handle.remove()
        self._boxes = [self._add(number, box) for number, box in enumerate(boxes)]

    def move_boxes(self, poses: Mapping[int, Pose]) -> None:
        """Moves boxes by their numbers."""
        for number, pose in poses.items():
            self._boxes[number].move(pose)

    def _add(self, number: int, box: Box) -> _Placed:
        colour = tuple(round(255 * c) for c in box.rgba[:3])
        handle = self._scene.add_box(f"/task/{number}", colour, box.size_m, opacity=box.rgba[3], **placed(box.pose))
        return _Placed(handle)


class _Placed:
    """A node of the scene, moved only where its pose has changed."""

    def __init__(self, handle: viser.SceneNodeHandle):
        self.handle = handle
        self._pose: Pose | None = None

    def move(self, pose: Pose) -> None:
        last = self._pose
        if last is not None and max(_largest(pose, last)) < SMALLEST:
            return
        self._pose = pose
        for name, numbers in placed(pose).items():
            setattr(self.handle, name, numbers)


def _largest(a: Pose, b: Pose) -> tuple[float, float]:
    return float(np.abs(a.position_m - b.position_m).max()), float(np.abs(a.rotation - b.rotation).max())
