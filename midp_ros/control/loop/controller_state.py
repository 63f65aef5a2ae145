"""A joint_trajectory_controller's state, as it publishes it; imports core."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.arrays import Array

# In `header.frame_id`, which the released controller leaves empty: `controllers/`, and the stand-in, if it is to.
STEPS_REFUSED = "steps_refused"


@dataclass(frozen=True)
class ControllerState:
    """The part of a state that shows which trajectory runs.

    Attributes:
        time_s: of the update [s].
        start_s: when its trajectory began [s].
        position_rad: that it commands (joints,).
        commands_positions: whether it commands positions, where a step is a reflex, and not torques.
        refuses_steps: whether it takes a trajectory only where that continues the running one.
    """

    time_s: float
    start_s: float
    position_rad: Array
    commands_positions: bool = True
    refuses_steps: bool = False
