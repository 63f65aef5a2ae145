"""Real-time chunking: each chunk goes on from the one before it; imports core.

Source: Black, Galliker & Levine 2025 ("Real-time execution of action chunking flow policies"). The policy does the
fitting; here it is told to what, and how much of that will have been executed when its answer comes.
"""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.protocols import InpaintingPolicy
from midp_ros.core.window import ObservationWindow


class RealTimeChunking:
    """A policy that fits its chunks to the one before.

    Args:
        past_steps: how many actions of a chunk are past when it arrives, from the latency that was measured.
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
        """The actions from the newest observation's time on; the first ones are those of the chunk before."""
        self._chunk = self._policy.act(window, self._chunk, self._past_steps())
        return self._chunk
