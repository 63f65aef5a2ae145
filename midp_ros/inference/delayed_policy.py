"""A policy with an artificial inference delay, for trials; imports core."""

from __future__ import annotations

import time

from midp_ros.core.chunk import AUTO, ActionChunk
from midp_ros.core.protocols import InpaintingPolicy
from midp_ros.core.window import ObservationWindow


class DelayedPolicy:
    """Another policy, whose chunks come `delay_s` later.

    Attributes:
        provider, handover: the other policy's, if it has one.
    """

    def __init__(self, policy: InpaintingPolicy, delay_s: float):
        self._policy, self._delay_s = policy, delay_s
        self.contract, self.executed_steps = policy.contract, policy.executed_steps
        self.can_inpaint = policy.can_inpaint
        self.provider: str = getattr(policy, "provider", "unknown")
        self.handover: str = getattr(policy, "handover", AUTO)

    def reset(self, seed: int) -> None:
        """Resets the other policy."""
        self._policy.reset(seed)

    def act(self, window: ObservationWindow, prefix: ActionChunk | None = None, frozen_steps: int = 0) -> ActionChunk:
        """The other policy's chunk, `delay_s` later."""
        chunk = self._policy.act(window, prefix, frozen_steps)
        time.sleep(self._delay_s)
        return chunk
