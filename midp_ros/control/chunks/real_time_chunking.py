"""Real-time chunking: each chunk continues the one before it; imports core.

Source: Black, Galliker & Levine 2025 ("Real-time execution of action chunking flow policies"). The policy does the
fitting; it receives the chunk before, and how many of its actions will have been executed when the answer comes.
"""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.protocols import InpaintingPolicy
from midp_ros.core.window import ObservationWindow


class RealTimeChunking:
    """A policy that fits each chunk to the one before.

    Args:
        past_steps: returns how many actions of a chunk are past when it arrives, by the measured latency.
    """

    def __init__(self, policy: InpaintingPolicy, past_steps: Callable[[], int]):
        self._policy, self._past_steps = policy, past_steps
        self.contract = policy.contract
        self.executed_steps = policy.executed_steps
        self._chunk: ActionChunk | None = None

    def reset(self, seed: int) -> None:
        """Starts an episode."""
        self._policy.reset(seed)
        self._chunk = None

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The actions from the newest observation's time on; the first ones are those of the chunk before it."""
        self._chunk = self._policy.act(window, self._chunk, self._past_steps())
        return self._chunk
