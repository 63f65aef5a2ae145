"""Tool, action in force, planned chunk and external force in the scene; imports core and viser."""

from __future__ import annotations

import numpy as np
import viser

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose
from midp_ros.viewer.arm_figure import placed

EXECUTED, PREDICTED, ACTION, FORCE = (226, 96, 24), (120, 160, 220), (226, 96, 24), (200, 30, 160)
LINE_M, POINT_M = 0.006, 0.012
AXES_M = 0.06
M_PER_N = 0.01  # length of the force's arrow
LEAST_N = 2.0  # a smaller force is the estimate's own error
LEAST_CHANGE_N = 0.3
SMALLEST_M = 5e-4


class MotionFigure:
    """What the tool does and is about to do."""

    def __init__(self, scene: viser.SceneApi):
        self._scene = scene
        self._tool = scene.add_frame("/tool", axes_length=AXES_M, axes_radius=AXES_M / 20, visible=False)
        self._action = scene.add_icosphere("/action", POINT_M / 2, ACTION, subdivisions=2, visible=False)
        self._chunk: viser.LineSegmentsHandle | None = None
        self._chunk_shape = 0, 0
        self._force_n = np.zeros(3)
        self._arrow: viser.ArrowsHandle | None = None

    def show_tool(self, tool: Pose) -> None:
        """Moves the tool's axes."""
        self._tool.visible = True
        for name, numbers in placed(tool).items():
            if np.abs(getattr(self._tool, name) - numbers).max() > SMALLEST_M:
                setattr(self._tool, name, numbers)

    def show_action(self, position_m: Array) -> None:
        """Moves the mark of the commanded tool position."""
        self._action.visible = True
        if np.abs(np.asarray(self._action.position) - position_m).max() > SMALLEST_M:
            self._action.position = position_m

    def show_chunk(self, positions_m: Array, executed: int) -> None:
        """Draws a chunk's tool positions (steps, 3): those to be executed, then the remainder of the prediction."""
        if len(positions_m) < 2:
            return
        pieces = np.stack([positions_m[:-1], positions_m[1:]], axis=1)  # (pieces, ends, 3)
        used = (np.arange(len(pieces)) < executed)[:, None, None]
        colours = np.broadcast_to(np.where(used, EXECUTED, PREDICTED), pieces.shape).astype(np.uint8)
        shape = len(positions_m), executed
        if self._chunk is None or shape != self._chunk_shape:
            self._chunk_shape = shape
            self._chunk = self._scene.add_line_segments("/chunk", pieces.astype(np.float32), colours, thickness=LINE_M)
        else:
            self._chunk.points = pieces.astype(np.float32)

    def show_force(self, at_m: Array, force_n: Array) -> None:
        """Draws the external force [N] (3,) as an arrow from a point, 1 cm a newton."""
        force_n = force_n if np.linalg.norm(force_n) >= LEAST_N else np.zeros(3)
        if np.abs(force_n - self._force_n).max() >= LEAST_CHANGE_N:
            self._force_n = force_n
            self._arrow = self._draw(force_n, at_m)
        elif self._arrow is not None and np.abs(np.asarray(self._arrow.position) - at_m).max() > SMALLEST_M:
            self._arrow.position = at_m

    def _draw(self, force_n: Array, at_m: Array) -> viser.ArrowsHandle | None:
        if not force_n.any():
            self._scene.remove_by_name("/force")
            return None
        ends = np.stack([np.zeros(3), M_PER_N * force_n])[None].astype(np.float32)
        size = {"shaft_radius": 0.004, "head_radius": 0.01, "head_length": 0.025}
        return self._scene.add_arrows("/force", ends, FORCE, position=at_m, **size)
