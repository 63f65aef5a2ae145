"""A policy that takes longer to answer, for trials; imports core."""

from __future__ import annotations

import time

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.protocols import InpaintingPolicy
from midp_ros.core.window import ObservationWindow


class DelayedPolicy:
    """Answers as another policy does, `delay_s` later.

    Attributes:
        provider: the other policy's, if it has one.
    """

    def __init__(self, policy: InpaintingPolicy, delay_s: float):
        self._policy, self._delay_s = policy, delay_s
        self.contract, self.executed_steps = policy.contract, policy.executed_steps
        self.can_inpaint = policy.can_inpaint
        self.provider: str = getattr(policy, "provider", "unknown")

    def reset(self, seed: int) -> None:
        """As the other policy."""
        self._policy.reset(seed)

    def act(self, window: ObservationWindow, prefix: ActionChunk | None = None, frozen_steps: int = 0) -> ActionChunk:
        """As the other policy, later."""
        chunk = self._policy.act(window, prefix, frozen_steps)
        time.sleep(self._delay_s)
        return chunk
