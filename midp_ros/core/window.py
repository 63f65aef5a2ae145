"""Observation vectors and windows, for recording, training, evaluating and deploying alike.

Imports numpy only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from midp_ros.core.arrays import Array, Picture, Pictures
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.episode import Episode
from midp_ros.core.errors import ObservationError


def observation_vector(
    contract: Contract, values: Mapping[str, ArrayLike], unusable: Collection[str] = frozenset()
) -> Array:
    """Stacks named values into the contract's order (observation_size,); refuses what is missing or not finite.

    Args:
        unusable: names of entries that are NaN in it.
    """
    if not unusable:
        return _stack(contract.observation, values, "observation")
    zeros = {e.name: np.zeros(e.size) for e in contract.observation if e.name in unusable}
    vector = _stack(contract.observation, {**values, **zeros}, "observation")
    for name in zeros:
        vector[contract.observation_slices[name]] = np.nan
    return vector


def observed_images(contract: Contract, values: Mapping[str, Any]) -> dict[str, Picture]:
    """The contract's images out of named values; refuses what is missing, not uint8 or of another shape."""
    for image in contract.images:
        if image.name not in values:
            raise ObservationError(f"observation lacks the image {image.name!r}; it has {sorted(values)}")
        picture = np.asarray(values[image.name])
        if picture.shape != image.shape or picture.dtype != np.uint8:
            raise ObservationError(
                f"image {image.name!r} is {picture.dtype} of shape {picture.shape}, the contract asks for uint8 of "
                f"{image.shape}"
            )
    return {image.name: np.asarray(values[image.name]) for image in contract.images}


def action_vector(contract: Contract, values: Mapping[str, ArrayLike]) -> Array:
    """Stacks named values into the contract's action (action_size,), with the same refusals."""
    return _stack(contract.action, values, "action")


def _stack(entries: tuple[Entry, ...], values: Mapping[str, ArrayLike], what: str) -> Array:
    parts = []
    for e in entries:
        if e.name not in values:
            raise ObservationError(f"{what} lacks {e.name!r}; it has {sorted(values)}")
        value = np.array(values[e.name], float, ndmin=1)
        if value.shape != (e.size,):
            raise ObservationError(f"{what} {e.name!r} has shape {value.shape}, the contract asks for ({e.size},)")
        parts.append(value)
    vector = np.concatenate(parts)
    if not np.isfinite(vector).all():
        name, value = next((e.name, v) for e, v in zip(entries, parts, strict=True) if not np.isfinite(v).all())
        raise ObservationError(f"{what} {name!r} is not finite: {value.tolist()}")
    return vector


class ObservationWindow:
    """The newest `horizon.observed` observations. Until it is full, missing entries are padded with the oldest one."""

    def __init__(self, contract: Contract):
        self.contract = contract
        self._frames: deque[tuple[float, Array]] = deque(maxlen=contract.horizon.observed)
        self._images: deque[Mapping[str, Picture]] = deque(maxlen=contract.horizon.observed)

    def clear(self) -> None:
        """Empties the window, as at the start of an episode."""
        self._frames.clear()
        self._images.clear()

    def copy(self) -> ObservationWindow:
        """An independent copy."""
        other = ObservationWindow(self.contract)
        other._frames.extend(self._frames)
        other._images.extend(self._images)
        return other

    def push(
        self, time_s: float, values: Mapping[str, ArrayLike] | Array, images: Mapping[str, Picture] | None = None
    ) -> None:
        """Adds the observation of one control step, as named values or as a vector in the contract's order.

        Args:
            images: by name, with a vector; named values bring them along.
        """
        if isinstance(values, np.ndarray):
            vector, pictures = values, images or {}
        else:
            vector = observation_vector(self.contract, values)
            pictures = observed_images(self.contract, values if images is None else images)
        self._frames.append((time_s, vector))
        self._images.append(pictures)

    @property
    def time_s(self) -> float:
        """Time of the newest observation [s]."""
        return self._frames[-1][0]

    def array(self) -> Array:
        """The window (observed, observation_size), oldest first."""
        if not self._frames:
            raise ObservationError("no observation has arrived yet")
        return np.array(self._padded([v for _, v in self._frames]))

    def newest_images(self) -> dict[str, Picture]:
        """The newest observation's images that are there, by name."""
        return dict(self._images[-1])

    def images(self) -> dict[str, Pictures]:
        """The window's pictures (observed, height, width, 3) of each of the contract's images, oldest first.

        Raises:
            ObservationError: one is missing, as an image that the policy did not need.
        """
        found = {}
        for image in self.contract.images:
            pictures = [at[image.name] for at in self._images if image.name in at]
            if not pictures or len(pictures) < len(self._images):
                raise ObservationError(f"the observation window lacks pictures of {image.name!r}")
            found[image.name] = np.stack(self._padded(pictures))
        return found

    def _padded(self, newest: list[Any]) -> list[Any]:
        return [newest[0]] * (self.contract.horizon.observed - len(newest)) + newest


def training_windows(episode: Episode, newest: NDArray[np.intp] | None = None) -> tuple[Array, Array]:
    """Windows of an episode with the chunk to predict for each.

    The chunk starts at the window's oldest step; beyond the episode's ends the first or last step is repeated, as in
    Chi et al. 2023.

    Args:
        newest: the windows' newest steps (windows,), as `uninterrupted_windows` gives them; by default every step.

    Returns:
        observations (windows, observed, observation_size), actions (windows, predicted, action_size).
    """
    seen, predicted = _window_steps(episode.contract, len(episode))
    chosen = slice(None) if newest is None else newest
    return episode.observation[seen[chosen]], episode.action[predicted[chosen]]


def uninterrupted_windows(contract: Contract, parts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Newest steps (windows,) of the windows that no gap interrupts.

    Args:
        parts: (steps,), as `step_times.uninterrupted_parts` numbers them.
    """
    whole = [(parts[steps] == parts[:, None]).all(axis=1) for steps in _window_steps(contract, len(parts))]
    return np.flatnonzero(np.logical_and(*whole))


def window_offsets(contract: Contract) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Observed steps (observed,) and predicted steps (predicted,) of a window, counted from its newest step.

    Beyond the ends of an episode its first or last step stands in.
    """
    return np.arange(1 - contract.horizon.observed, 1), np.arange(contract.horizon.predicted) - contract.first_executed


def _window_steps(contract: Contract, steps: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Observed steps (steps, observed) and predicted steps (steps, predicted) of every step's window."""
    newest = np.arange(steps)[:, None]
    seen, predicted = ((newest + offsets).clip(0, steps - 1) for offsets in window_offsets(contract))
    return seen, predicted
