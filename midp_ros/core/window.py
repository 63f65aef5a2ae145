"""Observation vectors and windows: the one place that builds them, for recording, training, evaluating and deploying.

Imports numpy only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.episode import Episode
from midp_ros.core.errors import ObservationError


def observation_vector(contract: Contract, values: Mapping[str, ArrayLike]) -> Array:
    """Stacks named values into the contract's order (observation_size,); refuses what is missing or not finite."""
    return _stack(contract.observation, values, "observation")


def action_vector(contract: Contract, values: Mapping[str, ArrayLike]) -> Array:
    """Stacks named values into the contract's action (action_size,), with the same refusals."""
    return _stack(contract.action, values, "action")


def _stack(entries: tuple[Entry, ...], values: Mapping[str, ArrayLike], what: str) -> Array:
    parts = []
    for e in entries:
        if e.name not in values:
            raise ObservationError(f"{what} lacks {e.name!r}; it has {sorted(values)}")
        value = np.atleast_1d(np.asarray(values[e.name], float))
        if value.shape != (e.size,):
            raise ObservationError(f"{what} {e.name!r} has shape {value.shape}, the contract asks for ({e.size},)")
        if not np.isfinite(value).all():
            raise ObservationError(f"{what} {e.name!r} is not finite: {value.tolist()}")
        parts.append(value)
    return np.concatenate(parts)


class ObservationWindow:
    """The newest `horizon.observed` observations. Until it is full, missing entries are padded with the oldest one."""

    def __init__(self, contract: Contract):
        self.contract = contract
        self._frames: deque[tuple[float, Array]] = deque(maxlen=contract.horizon.observed)

    def clear(self) -> None:
        """Forgets everything, as at the start of an episode."""
        self._frames.clear()

    def copy(self) -> ObservationWindow:
        """An independent copy."""
        other = ObservationWindow(self.contract)
        other._frames.extend(self._frames)
        return other

    def push(self, time_s: float, values: Mapping[str, ArrayLike] | Array) -> None:
        """Adds the observation of one control step, as named values or as a vector in the contract's order."""
        vector = values if isinstance(values, np.ndarray) else observation_vector(self.contract, values)
        self._frames.append((time_s, vector))

    @property
    def time_s(self) -> float:
        """Time of the newest observation [s]."""
        return self._frames[-1][0]

    def array(self) -> Array:
        """The window (observed, observation_size), oldest first."""
        if not self._frames:
            raise ObservationError("no observation has arrived yet")
        frames = [v for _, v in self._frames]
        return np.stack([frames[0]] * (self.contract.horizon.observed - len(frames)) + frames)


def training_windows(episode: Episode) -> tuple[Array, Array]:
    """Every window of an episode with the chunk to predict for it.

    The chunk starts at the window's oldest step; beyond the episode's ends the first or last step is repeated, as in
    Chi et al. 2023.

    Returns:
        observations (steps, observed, observation_size), actions (steps, predicted, action_size).
    """
    contract, steps = episode.contract, len(episode)
    newest = np.arange(steps)[:, None]
    seen = newest + np.arange(1 - contract.horizon.observed, 1)
    predicted = newest + np.arange(contract.horizon.predicted) - contract.first_executed
    return episode.observation[seen.clip(0, steps - 1)], episode.action[predicted.clip(0, steps - 1)]
