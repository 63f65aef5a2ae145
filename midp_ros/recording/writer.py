"""Records episodes one after the other into a directory; imports core, no ROS."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, OutputError, RecordingError
from midp_ros.core.files.output import UNFINISHED_SUFFIX, lock_folder, require_writable_folder
from midp_ros.core.protocols import NO_IMAGES
from midp_ros.recording.directory import episode_paths, next_number, read_contract
from midp_ros.recording.mcap_file import SUFFIX, write_episode


class EpisodeWriter:
    """A core.protocols.Recorder: one file per finished episode, numbered on from those that are there.

    The running episode stays in memory until `finish`; a killed process or a full disk loses that one only.

    Attributes:
        last: the episode that was finished last; None before the first one.

    Raises:
        RecordingError: the directory cannot be written.
        BusyError: another process records into it.
    """

    def __init__(self, directory: str | Path):
        try:
            self.directory = require_writable_folder(directory, "record")
        except OutputError as e:
            raise RecordingError(str(e)) from None
        self._lock = lock_folder(self.directory)  # for as long as this writer lives
        for stale in self.directory.glob(f"*{SUFFIX}{UNFINISHED_SUFFIX}"):
            with suppress(OSError):
                stale.unlink()
        existing = episode_paths(self.directory)
        self._next_number = next_number(self.directory)
        self._existing = existing[-1] if existing else None
        self.last: Episode | None = None
        self._contract: Contract | None = None
        self._info: dict[str, Any] = {}
        self._steps: list[tuple[float, Array, Array, dict[str, Picture]]] = []

    @property
    def next_path(self) -> Path:
        """Where the next finished episode goes."""
        return self.directory / f"episode_{self._next_number:06d}{SUFFIX}"

    @property
    def steps(self) -> int:
        """Control steps in the running episode."""
        return len(self._steps)

    def start(self, contract: Contract, info: dict[str, Any]) -> None:
        """Begins an episode; refuses to mix contracts in one directory."""
        if self._contract is not None:
            raise RecordingError("an episode is running already; finish or discard it first")
        if self._existing is not None:
            try:
                found = read_contract(self._existing)
            except FileFormatError as e:
                raise RecordingError(f"{e}; remove it, or record into another directory") from None
            contract.require_match(found, "this recording", str(self._existing))
            self._existing = None
        self._contract, self._info, self._steps = contract, dict(info), []

    def step(
        self, time_s: float, observation: ArrayLike, action: ArrayLike, images: Mapping[str, Picture] = NO_IMAGES
    ) -> None:
        """Adds one control step: vectors in the contract's order, and the contract's images by name."""
        if self._contract is None:
            raise RecordingError("no episode is running; start one first")
        pictures = {name: np.array(picture, np.uint8) for name, picture in images.items()}
        self._steps.append((float(time_s), np.array(observation, np.float64), np.array(action, np.float64), pictures))

    def finish(self, info: dict[str, Any]) -> None:
        """Ends the episode and writes it; raises RecordingError when the disk refuses; the next may start."""
        contract, steps = self._contract, self._steps
        if contract is None:
            raise RecordingError("no episode is running; start one first")
        if not steps:
            raise RecordingError("the episode has no steps; discard it instead")
        info = {**self._info, **info}
        self.discard()
        *columns, pictures = zip(*steps, strict=True)
        times, observations, actions = (np.stack(column) for column in columns)
        images = {name: np.stack([each[name] for each in pictures]) for name in pictures[0]}
        episode = Episode(contract, times, observations, actions, info, str(self.next_path), images)
        write_episode(self.next_path, episode)
        self.last = episode
        self._next_number += 1

    def discard(self) -> None:
        """Drops the running episode."""
        self._contract, self._info, self._steps = None, {}, []
