"""Disturbances that make demonstrations cover recovery; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.pose import matrix_from_rotation_vector
from midp_ros.expert.scripted import Rule

USUAL_M = 0.015


def usual_disturbance_m(rule: Rule) -> float:
    """Largest disturbance that a task's demonstrations take where nothing else is asked for [m]."""
    return float(getattr(rule, "disturb_m", USUAL_M))


class ToolDisturbance:
    """Adds a slowly changing offset to the commanded tool position, at random times, and a turn to its rotation.

    The recorded action stays the expert's, so that the data contains recoveries (DART, Laskey et al. 2017,
    "DART: Noise Injection for Robust Imitation Learning").

    Args:
        position_m: largest standard deviation of the offset; each episode draws its own up to this.
        rotation_rad: the same of the turn, about each axis of the base.
        probability: share of control steps at which a new offset is drawn.
    """

    def __init__(
        self, contract: Contract, position_m: float = USUAL_M, rotation_rad: float = 0.0, probability: float = 0.15
    ):
        self._place = contract.action_slices["tool_position"]
        self._turned = contract.action_slices["tool_rotation"] if rotation_rad else slice(0)
        self.position_m, self.rotation_rad = position_m, rotation_rad
        self.probability = probability
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Starts an episode; a third of the episodes stay undisturbed."""
        self._rng = np.random.default_rng([seed, 2])
        scale = max(0.0, self._rng.uniform(-0.5, 1.0))
        self._scale_m, self._scale_rad = self.position_m * scale, self.rotation_rad * scale
        self._offset_m, self._turn_rad = np.zeros(3), np.zeros(3)

    def apply(self, chunk: ActionChunk) -> ActionChunk:
        """The chunk with the present offset."""
        if self._rng.uniform() < self.probability:
            self._offset_m = self._rng.normal(0.0, 1.0, 3) * self._scale_m
            if self.rotation_rad:
                self._turn_rad = self._rng.normal(0.0, 1.0, 3) * self._scale_rad
        self._offset_m, self._turn_rad = 0.8 * self._offset_m, 0.8 * self._turn_rad
        actions = chunk.actions.copy()
        actions[:, self._place] += self._offset_m
        if self.rotation_rad:
            columns = actions[:, self._turned].reshape(-1, 2, 3)
            actions[:, self._turned] = (columns @ matrix_from_rotation_vector(self._turn_rad).T).reshape(-1, 6)
        return ActionChunk(actions, chunk.time_s, chunk.step_s)
