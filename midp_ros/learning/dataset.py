"""Windows of demonstrations; imports core and torch."""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from midp_ros.core.arrays import Array, Pictures
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, OutputError
from midp_ros.core.step_times import uninterrupted_parts
from midp_ros.core.window import uninterrupted_windows, window_offsets
from midp_ros.learning.config import ContextConfig
from midp_ros.learning.windows import Windows

PART = 8192  # windows that are looked at together where all of them are
LARGEST_IN_MEMORY = 2**28  # bytes of an image's pictures


@dataclass(frozen=True)
class Dataset:
    """Every window of every demonstration, in raw units.

    Attributes:
        contract: what the columns mean.
        observed: (windows, observed, observation_size) float32.
        predicted: (windows, predicted, action_size) float32.
        following: (windows,) number of the window at which this one's chunk has been executed, in the same episode.
        episodes: how many demonstrations these came from.
        data_hash: SHA-256 of contract, observations and actions; where gaps leave windows out, of those, too, and of
            pictures, where there are any.
        frames: (steps, height, width, 3) uint8 of all episodes, by image; large ones stay on the disk.
    """

    contract: Contract
    observed: Windows
    predicted: Windows
    following: Tensor
    episodes: int
    data_hash: str
    frames: dict[str, Tensor] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.observed)

    @property
    def observation(self) -> Tensor:
        """All observed windows, copied."""
        return self.observed[:]

    @property
    def action(self) -> Tensor:
        """All chunks, copied."""
        return self.predicted[:]

    def parts(self, size: int = PART) -> Iterator[Tensor]:
        """Numbers of all windows, so many at a time."""
        yield from torch.arange(len(self)).split(size)

    def past_actions(self, windows: Tensor, count: int) -> Tensor:
        """The actions (windows, count, action_size) before the newest observation, as far as there are any."""
        before = replace(self.predicted, offsets=torch.arange(-count, 0, device=self.predicted.steps.device))
        return before[windows]

    def images(self, windows: Tensor) -> dict[str, Tensor]:
        """The pictures that some windows see, by image: (windows, observed, height, width, 3) uint8."""
        steps = self.observed.places(windows).cpu()
        return {name: frames[steps] for name, frames in self.frames.items()}

    def to(self, device: torch.device) -> Dataset:
        """The same windows in a device's memory; frames stay where they are."""
        moved = {key: getattr(self, key).to(device) for key in ("observed", "predicted", "following")}
        return replace(self, **moved)


def build_dataset(
    episodes: Sequence[Episode],
    context: ContextConfig | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Dataset:
    """Cuts episodes into windows.

    Args:
        context: another window than the contract's. The hash stays that of the contract's.
        progress: called with how many episodes are done, and of how many: pictures are decoded here.

    Raises:
        FileFormatError: no window to learn from, or step times that no recording has (StepTimeError).
        ContractMismatchError: episodes' contracts differ; names the first difference.
    """
    if not any(len(e) for e in episodes):
        raise FileFormatError("no demonstrations to learn from: no episode has a step")
    contract = episodes[0].contract
    for i, episode in enumerate(episodes):
        contract.require_match(episode.contract, _name(episodes[0], 0), _name(episode, i))
    seen = (context or ContextConfig()).contract(contract)
    digest = hashlib.sha256(json.dumps(contract.interface(), sort_keys=True).encode())
    lengths, places, step = list[int](), list[NDArray[np.intp]](), 0
    frames = {image.name: _room((sum(map(len, episodes)), *image.shape)) for image in contract.images}
    for number, episode in enumerate(episodes):
        progress(number, len(episodes))
        if not len(episode):
            continue
        for array in (episode.observation, episode.action):
            digest.update(np.ascontiguousarray(array, "<f8").tobytes())
        parts = uninterrupted_parts(episode)
        newest = uninterrupted_windows(contract, parts)
        if len(newest) < len(episode):
            digest.update(np.ascontiguousarray(newest, "<i8").tobytes())
        newest = newest if seen is contract else uninterrupted_windows(seen, parts)
        for image in contract.images:
            pictures = np.ascontiguousarray(episode.images[image.name])  # decoded here, an episode's at a time
            digest.update(pictures.data)
            frames[image.name][step : step + len(episode)] = pictures
        first, last = np.zeros_like(newest), np.full_like(newest, len(episode) - 1)
        places.append(step + np.stack([newest, first, last]))
        step += len(episode)
        lengths += np.bincount(parts[newest]).tolist()
    progress(len(episodes), len(episodes))
    if not sum(lengths):
        raise FileFormatError("no demonstrations to learn from: gaps interrupt every window of every episode")
    steps = _float32([e.observation for e in episodes]), _float32([e.action for e in episodes])
    newest_, first_, last_ = torch.from_numpy(np.concatenate(places, axis=1))
    observed, predicted = (
        Windows(each, newest_, first_, last_, torch.from_numpy(offsets))
        for each, offsets in zip(steps, window_offsets(seen), strict=True)
    )
    following = _following(lengths, seen.horizon.executed)
    return Dataset(
        seen, observed, predicted, following, len(episodes), digest.hexdigest(),
        {name: torch.from_numpy(array) for name, array in frames.items()},
    )  # fmt: skip


def _float32(arrays: Sequence[Array]) -> Tensor:
    return torch.from_numpy(np.concatenate([array.astype(np.float32) for array in arrays]))


def _room(shape: tuple[int, ...]) -> Pictures:
    """An array of bytes: in memory, or from a size on in a temporary file without a name, read as it is needed."""
    size = math.prod(shape)
    if size < LARGEST_IN_MEMORY:
        return np.empty(shape, np.uint8)
    try:
        with tempfile.TemporaryFile(prefix="midp_frames_") as file:
            os.posix_fallocate(file.fileno(), 0, size)  # a full disk is noticed here, and not by a signal later
            return np.memmap(file, np.uint8, "w+", shape=shape)
    except OSError as e:
        reason = f"{tempfile.gettempdir()} has no room for {size / 1e9:.1f} GB of pictures: {e.strerror or e}"
        raise OutputError(f"{reason}; TMPDIR names another folder") from None


def _name(episode: Episode, number: int) -> str:
    return episode.name if episode.name != Episode.name else f"episode {number}"


def _following(lengths: Sequence[int], steps: int) -> Tensor:
    """Window numbers so many steps later; beyond the end of an uninterrupted part its last window stands in."""
    starts = np.cumsum([0, *lengths])
    parts = [np.minimum(start + np.arange(n) + steps, start + n - 1) for start, n in zip(starts, lengths, strict=False)]
    return torch.from_numpy(np.concatenate(parts))


class Batches:
    """Batches of window numbers by training step: one random order after another, each from (seed, pass) alone.

    So a resumed run goes on where it stopped, without any state.
    """

    def __init__(self, windows: int, batch: int, seed: int):
        self.windows, self.batch, self.seed = windows, batch, seed
        self._pass, self._order = -1, torch.empty(0, dtype=torch.long)

    def __getitem__(self, training_step: int) -> Tensor:
        """Window numbers (batch,) of a training step."""
        start, parts, wanted = training_step * self.batch, [], self.batch
        while wanted:
            number, offset = divmod(start, self.windows)
            parts.append(self._permutation(number)[offset : offset + wanted])
            start, wanted = start + len(parts[-1]), wanted - len(parts[-1])
        return torch.cat(parts)

    def _permutation(self, number: int) -> Tensor:
        if number != self._pass:
            generator = torch.Generator().manual_seed((self.seed << 32) + number)
            self._pass, self._order = number, torch.randperm(self.windows, generator=generator)
        return self._order
