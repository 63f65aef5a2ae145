"""A policy whose inferences are timed; imports core."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow


class TimedPolicy:
    """Another policy, and how long each of its answers took.

    Attributes:
        durations_ms: of all answers so far.
    """

    def __init__(self, policy: Policy):
        self._policy = policy
        self.contract, self.executed_steps = policy.contract, policy.executed_steps
        self.durations_ms: list[float] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._policy, name)

    def reset(self, seed: int) -> None:
        """As the policy's."""
        self._policy.reset(seed)

    def act(self, window: ObservationWindow, *arguments: Any, **keywords: Any) -> ActionChunk:
        """As the policy's."""
        begun_s = perf_counter()
        chunk = self._policy.act(window, *arguments, **keywords)
        self.durations_ms.append(1000 * (perf_counter() - begun_s))
        return chunk
