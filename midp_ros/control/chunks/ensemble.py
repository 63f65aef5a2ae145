"""Temporal ensembling: the average of what several chunks predict for the same control step; imports core.

Source: Zhao et al. 2023 ("Learning Fine-Grained Bimanual Manipulation with Low-Cost Hardware"), section IV.B.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow

DECAY = 0.01  # of the source
EXECUTED_STEPS = 1  # every control step asks for a chunk


def temporal_ensemble(chunks: Sequence[ActionChunk], decay: float = DECAY) -> ActionChunk:
    """The newest chunk with each of its actions averaged with those of earlier chunks for the same control step.

    Of the chunks that reach a step the oldest has weight 1, the next exp(-decay), the one after exp(-2 decay), ...,
    normalised. Rotations of six numbers are averaged like everything else and made orthonormal where they are used.

    Args:
        chunks: oldest first, of one step length, each with its own time.
        decay: above 0 old predictions weigh more, below 0 new ones.
    """
    newest = chunks[-1]
    steps, size = newest.actions.shape
    actions, predicted = np.zeros((len(chunks), steps, size)), np.zeros((len(chunks), steps), bool)
    for i, chunk in enumerate(chunks):
        past = round((newest.time_s - chunk.time_s) / newest.step_s)
        remainder = chunk.actions[past : past + steps]
        actions[i, : len(remainder)], predicted[i, : len(remainder)] = remainder, True
    weight = predicted * np.exp(-decay * (predicted.cumsum(axis=0) - 1))  # (chunks, steps)
    weight /= weight.sum(axis=0)
    return ActionChunk(np.einsum("cs,csa->sa", weight, actions), newest.time_s, newest.step_s)


class Ensembling:
    """A policy whose chunks are averaged with those before them.

    Args:
        decay: see `temporal_ensemble`.
    """

    executed_steps = EXECUTED_STEPS

    def __init__(self, policy: Policy, decay: float = DECAY):
        self._policy, self._decay = policy, decay
        self.contract = policy.contract
        self._chunks: list[ActionChunk] = []

    def reset(self, seed: int) -> None:
        """Starts an episode."""
        self._policy.reset(seed)
        self._chunks = []

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The average from the newest observation's time on."""
        chunk = self._policy.act(window)
        reaching = [c for c in self._chunks if c.time_s + (len(c) - 0.5) * c.step_s > chunk.time_s]
        self._chunks = [*reaching, chunk]
        return temporal_ensemble(self._chunks, self._decay)
