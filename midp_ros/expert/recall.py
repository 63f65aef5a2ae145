"""The expert for `recall`: to the gate, then to the goal that was shown before; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, magnitude, tool_down

CLOSED_M = 0.0
IN_GATE_M = 0.012  # so near to the gate's middle the tool goes on
SAME_M = 0.02  # what is shown has changed when it is further from what was shown before


class RecallRule:
    """Waits until the gate is shown, goes there, and on to what was shown first."""

    def reset(self) -> None:
        """Nothing was shown, nothing was passed."""
        self._goal_m: Array | None = None
        self._passed = False

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, gripper closed."""
        shown_m = observed["goal_position"]
        if self._goal_m is None:
            self._goal_m = np.array(shown_m)
        if magnitude(shown_m - self._goal_m) < SAME_M:
            return Pose(tool.position_m, tool_down(0.0)), CLOSED_M
        self._passed |= magnitude(tool.position_m - shown_m) < IN_GATE_M
        return Pose(self._goal_m if self._passed else shown_m, tool_down(0.0)), CLOSED_M
