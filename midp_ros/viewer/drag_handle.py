"""A handle in the scene by which a person drags the tool; imports core and viser."""

from __future__ import annotations

import numpy as np
import viser

from midp_ros.core.pose import Pose
from midp_ros.viewer.arm_figure import wxyz

SIZE_M = 0.15
SMALLEST_M = 1e-3
HINT = "shows a handle at the tool; while you hold it, its pose is published on teleop/target_pose"


class DragHandle:
    """Off until its box is ticked; has a target only while it is held."""

    def __init__(self, server: viser.ViserServer):
        self._held = False
        self._box = server.gui.add_checkbox("drag the tool", False, hint=HINT)
        self._handle = server.scene.add_transform_controls("/drag", scale=SIZE_M, visible=False)
        self._box.on_update(lambda _: self._switch())
        self._handle.on_update(self._on_update)
        server.on_client_disconnect(lambda _: self._let_go())

    @property
    def target(self) -> Pose | None:
        """Where the tool is dragged to, in the base frame; None while it is not held."""
        if not self._held or not self._box.value:
            return None
        quaternion = np.roll(self._handle.wxyz, -1)
        return Pose.from_quaternion(np.array(self._handle.position, float), quaternion)

    def rest_at(self, tool: Pose) -> None:
        """Moves the handle to the tool, unless it is held."""
        if self._held or not self._box.value:
            return
        if np.abs(np.asarray(self._handle.position) - tool.position_m).max() > SMALLEST_M:
            self._handle.position, self._handle.wxyz = tool.position_m, wxyz(tool.quaternion)
        if not self._handle.visible:
            self._handle.visible = True

    async def _on_update(self, event: viser.TransformControlsEvent) -> None:
        self._held = event.phase != "end"

    def _switch(self) -> None:
        self._held = False
        if not self._box.value:
            self._handle.visible = False

    def _let_go(self) -> None:
        self._held = False  # a browser that was closed cannot say that its button is up
