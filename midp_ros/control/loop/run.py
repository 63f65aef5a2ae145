"""One run of a policy: from the first control step after a hold up to the next hold; imports core."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

import numpy as np

from midp_ros.control.chunks.scheduler import ChunkScheduler
from midp_ros.control.loop.commands import Issued
from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow


class Run:
    """The state of a run. A hold ends it, and with it everything that is being computed for it.

    Attributes:
        window: the observations of this run.
        scheduler: the chunks of this run.
        ticked_s: when the last control step was [s]; None before the first.
        asked_s: since when a chunk is awaited [s]; None while none is.
        begun: whether the policy has started its episode.
        measured: the last observation vector (observation_size,).
    """

    def __init__(self, contract: Contract, executed_steps: int):
        self.window = ObservationWindow(contract)
        self.scheduler = ChunkScheduler(contract, executed_steps)
        self.ticked_s: float | None = None
        self.asked_s: float | None = None
        self.begun = False
        self.measured: Array = np.zeros(contract.observation_size)

    def anew(self) -> Run:
        """The run after its motion was stopped: what is being computed is dropped, the next step asks for a chunk."""
        run = copy(self)
        run.asked_s = None
        run.scheduler.hurry()
        return run

    def observe(self, time_s: float, vector: Array, images: Mapping[str, Picture]) -> None:
        """Takes in the observation of a control step, and its images by name."""
        self.window.push(time_s, vector, images)
        self.ticked_s, self.measured = time_s, vector

    def issued(self) -> Issued | None:
        """The action in force, and the control step that began with it."""
        action = self.action()
        return None if action is None or self.ticked_s is None else Issued(self.ticked_s, action)

    def action(self) -> Array | None:
        """The action (action_size,) in force since the last control step; None where no chunk reaches."""
        return None if self.ticked_s is None else self.scheduler.action(self.ticked_s)
