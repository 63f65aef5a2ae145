"""Interfaces between the layers; imports numpy only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from midp_ros.core.arrays import Picture
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow

NO_IMAGES: Mapping[str, Picture] = MappingProxyType({})


class Policy(Protocol):
    """A learned policy or a scripted expert: turns a window of observations into a chunk of actions."""

    contract: Contract
    executed_steps: int
    """Number of a chunk's actions that are executed before the next chunk is computed."""

    def reset(self, seed: int) -> None:
        """Starts an episode; the same seed and observations give the same actions."""

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The actions to execute from the newest observation's time on (at least one)."""


class SelectivePolicy(Policy, Protocol):
    """A policy that needs all of its contract's observations only at times, as one that a person may take over."""

    def needed(self) -> Collection[str]:
        """Names of the observations that it needs now; of the others it gets NaN where they are unusable."""


class InpaintingPolicy(Policy, Protocol):
    """A policy that can fit a chunk to the previous one."""

    can_inpaint: bool
    """Whether this one can; models exported by early versions cannot."""

    def act(self, window: ObservationWindow, prefix: ActionChunk | None = None, frozen_steps: int = 0) -> ActionChunk:
        """As `Policy.act`.

        Args:
            prefix: the previous chunk, to which the new one is fitted; None at an episode's start.
            frozen_steps: number of actions that are returned as in the prefix.
        """


class Recorder(Protocol):
    """A sink for the steps of an episode, in order."""

    def start(self, contract: Contract, info: dict[str, Any]) -> None:
        """Begins an episode."""

    def step(self, time_s: float, observation: Any, action: Any, images: Mapping[str, Picture] = NO_IMAGES) -> None:
        """Adds one control step: vectors in the contract's order, and the contract's images by name.

        Of a contract without images it is called without them, as recorders that know none expect.
        """

    def finish(self, info: dict[str, Any]) -> None:
        """Ends the episode and keeps it."""

    def discard(self) -> None:
        """Drops the running episode."""
