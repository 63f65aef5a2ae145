"""What the layers ask of each other; imports numpy only."""

from __future__ import annotations

from typing import Any, Protocol

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow


class Policy(Protocol):
    """Whatever turns a window of observations into actions: a learned policy or a scripted expert."""

    contract: Contract
    executed_steps: int
    """How many actions of a chunk are executed before the next chunk is asked for."""

    def reset(self, seed: int) -> None:
        """Starts an episode; the same seed and observations give the same actions."""

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The actions to execute from the newest observation's time on (at least one)."""


class InpaintingPolicy(Policy, Protocol):
    """A policy that can fit a chunk to the one before it."""

    can_inpaint: bool
    """Whether this one really can; models exported by early versions cannot."""

    def act(self, window: ObservationWindow, prefix: ActionChunk | None = None, frozen_steps: int = 0) -> ActionChunk:
        """As `Policy.act`.

        Args:
            prefix: the chunk before, to which the new one is fitted; none at an episode's start.
            frozen_steps: so many actions come back as the prefix has them.
        """


class Recorder(Protocol):
    """Takes the steps of an episode as they happen."""

    def start(self, contract: Contract, info: dict[str, Any]) -> None:
        """Begins an episode."""

    def step(self, time_s: float, observation: Any, action: Any) -> None:
        """Adds one control step: vectors in the contract's order."""

    def finish(self, info: dict[str, Any]) -> None:
        """Ends the episode and keeps it."""

    def discard(self) -> None:
        """Drops the episode that was begun."""
