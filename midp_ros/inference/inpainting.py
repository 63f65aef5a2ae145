"""The previous chunk as a prefix of the next: the rows of the model's chunk that it fills, and their weights.

Source: real-time chunking, Black, Galliker & Levine 2025 ("Real-time execution of action chunking flow policies").
Imports core.
"""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract


def soft_weights(overlap: int, frozen_steps: int) -> Array:
    """Weights (overlap,) of the previous chunk's remaining actions, the soft mask of the source.

    1 for those that will have been executed when the new chunk arrives, then

        w_i = c_i (e^c_i - 1) / (e - 1)  with  c_i = (overlap - i) / (overlap - frozen_steps + 1),

    which falls towards 0 where the previous chunk ends.
    """
    index = np.arange(overlap)
    c = (overlap - index) / max(1, overlap - frozen_steps + 1)
    return np.where(index < frozen_steps, 1.0, c * np.expm1(c) / np.expm1(1.0))


def prefix_rows(contract: Contract, prefix: ActionChunk, time_s: float, frozen_steps: int) -> tuple[Array, Array]:
    """The previous chunk, by time, on the rows of the chunk that a model predicts for an observation.

    Args:
        prefix: the previous chunk, from any of its actions on; what does not fall into the model's chunk is left out.
        time_s: the newest observation's time [s].
        frozen_steps: actions from that time on that will have been executed when the new chunk arrives.

    Returns:
        actions (predicted, action_size), 0 where the previous chunk does not reach, and their weights (predicted,):
        1 for what lies before the newest observation, then `soft_weights`, 0 where the previous chunk does not reach.
    """
    predicted, newest = contract.horizon.predicted, contract.first_executed
    first = newest + round((prefix.time_s - time_s) / contract.step_s)
    rows = np.arange(max(0, first), min(predicted, first + len(prefix)))
    actions, weight = np.zeros((predicted, contract.action_size)), np.zeros(predicted)
    if len(rows):
        actions[rows] = prefix.actions[rows - first]
        overlap = max(0, int(rows[-1]) + 1 - newest)
        weight[rows] = np.append(np.ones(newest), soft_weights(overlap, frozen_steps))[rows]
    return actions, weight
