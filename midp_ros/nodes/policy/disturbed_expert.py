"""An expert whose commands are disturbed while its actions stay its own; imports control and expert.

As `midp record --disturb-m --disturb-deg`: the demonstration shows how the expert recovers (DART, Laskey et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians

from midp_ros.control.loop.commands import TrackedMotion, Tracker
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow
from midp_ros.expert.disturbance import ToolDisturbance
from midp_ros.expert.scripted import ScriptedExpert


class DisturbedExpert:
    """The Policy: the expert, with a disturbance that starts anew in every episode.

    Attributes:
        disturbance: of the commands, for `DisturbedTracker`.
    """

    def __init__(self, expert: ScriptedExpert, largest_m: float, largest_deg: float = 0.0):
        self._expert, self.disturbance = expert, ToolDisturbance(expert.contract, largest_m, radians(largest_deg))
        self.contract: Contract = expert.contract
        self.executed_steps = expert.executed_steps

    def reset(self, seed: int) -> None:
        """Starts an episode."""
        self._expert.reset(seed)
        self.disturbance.reset(seed)

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The expert's own actions."""
        return self._expert.act(window)


@dataclass(frozen=True)
class DisturbedTracker:
    """The Tracker: follows the disturbed chunk, while the actions that are published stay those of the policy."""

    tracker: Tracker
    disturbance: ToolDisturbance

    def motion(self, chunk: ActionChunk, position_rad: Array, velocity_rad_s: Array) -> TrackedMotion:
        """As the tracker's."""
        return self.tracker.motion(self.disturbance.apply(chunk), position_rad, velocity_rad_s)
