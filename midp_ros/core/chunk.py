"""Action chunks; imports numpy only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.arrays import Array

AUTO = "auto"
HANDOVERS = (AUTO, "switch", "ensemble", "inpaint")  # how a chunk takes over from the one before it: docs/hand_over.md


@dataclass(frozen=True)
class ActionChunk:
    """Consecutive actions with the time that each belongs to.

    Action k is issued at `time_s + k * step_s` and is to be reached one step later.

    Attributes:
        actions: (steps, action_size), in the contract's order and units.
        time_s: when the first action is issued [s], on the observation's clock.
        step_s: duration of one control step [s].
    """

    actions: Array
    time_s: float
    step_s: float

    def __len__(self) -> int:
        return len(self.actions)

    def slice(self, start: int, stop: int) -> ActionChunk:
        """The actions start..stop-1, with their time."""
        return ActionChunk(self.actions[start:stop], self.time_s + start * self.step_s, self.step_s)
