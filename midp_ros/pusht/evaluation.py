"""Episodes of Push-T side by side, with one inference for all that need a chunk; imports core and the environment.

An episode depends on its seed alone: start and all noise follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow
from midp_ros.pusht.environment import PushTEnvironment


class ChunkPredictor(Protocol):
    """A policy to evaluate: predicts chunks for a batch of windows.

    Attributes:
        fresh_draws: chunks of noise that its sampler draws besides the first one.
    """

    contract: Contract
    fresh_draws: int

    def predict(
        self, observation: Array, noise: NDArray[np.float32], *, fresh: NDArray[np.float32] | None = None
    ) -> Array:
        """Chunks (batch, predicted, action_size).

        Args:
            observation: (batch, observed, observation_size).
            noise: (batch, predicted, action_size).
            fresh: (batch, fresh_draws, predicted, action_size), where the sampler draws any.
        """


@dataclass(frozen=True)
class EpisodeScore:
    """An episode's seed and its largest reward, 0 to 1; 1 is a success."""

    seed: int
    max_reward: float


class RunningEpisode:
    """One episode: start and noise follow from its seed; its caller requests the window and provides the chunk."""

    def __init__(self, contract: Contract, seed: int):
        self.seed, self._contract = seed, contract
        self.environment = PushTEnvironment()
        self._random = np.random.default_rng(seed)
        self._window = ObservationWindow(contract)
        self._time_s = 0.0
        self._see(self.environment.reset(seed))

    def window(self) -> Array:
        """The newest observations (observed, observation_size)."""
        return self._window.array()

    def noise(self, *draws: int) -> NDArray[np.float32]:
        """New noise for the next chunk (predicted, action_size), or so many draws of it (draws, ...)."""
        chunk = self._contract.horizon.predicted, self._contract.action_size
        return self._random.standard_normal((*draws, *chunk), dtype=np.float32)

    def execute(self, chunk: Array, on_step: Callable[[], None] = lambda: None) -> None:
        """Does the actions of a chunk that the contract executes, until the episode is done."""
        first = self._contract.first_executed
        for action in chunk[first : first + self._contract.horizon.executed]:
            self._see(self.environment.step(action))
            on_step()
            if self.environment.done:
                return

    def _see(self, observation: Array) -> None:
        self._window.push(self._time_s, observation)
        self._time_s += self._contract.step_s


def next_chunks(policy: ChunkPredictor, episodes: Sequence[RunningEpisode]) -> Array:
    """A chunk for each episode (episodes, predicted, action_size), from that episode's own random numbers."""
    windows, noise = np.stack([e.window() for e in episodes]), np.stack([e.noise() for e in episodes])
    draws = policy.fresh_draws  # after the noise, as a policy with a single window draws them
    return policy.predict(windows, noise, fresh=np.stack([e.noise(draws) for e in episodes]) if draws else None)


def run_episodes(policy: ChunkPredictor, seeds: Sequence[int]) -> Iterator[EpisodeScore]:
    """Runs the seeds' episodes side by side; yields each score when its episode ends."""
    running = [RunningEpisode(policy.contract, seed) for seed in seeds]
    while running:
        for episode, chunk in zip(running, next_chunks(policy, running), strict=True):
            episode.execute(chunk)
            if episode.environment.done:
                yield EpisodeScore(episode.seed, episode.environment.max_reward)
        running = [e for e in running if not e.environment.done]
