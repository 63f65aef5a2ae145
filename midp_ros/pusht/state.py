"""The state of Push-T as the contract's observation, alike for demonstrations and environment; imports core only."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract

TASK = "pusht"
STATE_SIZE = 5


def pusht_contract() -> Contract:
    """Contract of Push-T's policies."""
    return Contract.load(TASK)


def observations(state: ArrayLike) -> Array:
    """States (..., 5): agent x, y [px], block x, y [px], block angle [rad] -> observations (..., 6).

    The angle becomes (cos, sin): the environment gives it modulo 2 pi, and a policy shall not see it jump.
    """
    state = np.asarray(state, float)
    angle = state[..., 4:]
    return np.concatenate([state[..., :4], np.cos(angle), np.sin(angle)], axis=-1)
