"""Loss of messages, for trials; imports numpy only."""

from __future__ import annotations

import numpy as np


class MessageLoss:
    """Loses a share of the messages at random, the same ones for the same seed."""

    def __init__(self, share: float, seed: int):
        self._share, self._random = share, np.random.default_rng(seed)

    def strikes(self) -> bool:
        """Whether the next message is lost."""
        return self._share > 0 and self._random.random() < self._share
