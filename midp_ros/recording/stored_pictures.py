"""Pictures of episodes that stay on the disk until they are asked for; imports core and Pillow, no ROS.

Pictures make a set of demonstrations a hundred times as large as its vectors are, and perhaps larger than memory.
"""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from midp_ros.core.arrays import Picture, Pictures
from midp_ros.core.errors import FileFormatError


class PictureStore:
    """Encoded pictures in a temporary file without a name; it is emptied when nothing refers to one any more."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="midp_pictures_", buffering=0)
        self._end, self._users, self._lock = 0, 0, threading.Lock()

    def add(self, encoded: Sequence[bytes], user: object) -> list[tuple[int, int]]:
        """Keeps pictures as long as their user lives; returns their places: offset and size."""
        with self._lock:
            places = []
            for data in encoded:
                os.pwrite(self._file.fileno(), data, self._end)
                places.append((self._end, len(data)))
                self._end += len(data)
            self._users += 1
        weakref.finalize(user, self._release).atexit = False
        return places

    def read(self, place: tuple[int, int]) -> bytes:
        """A picture's bytes."""
        offset, size = place
        return os.pread(self._file.fileno(), size, offset)

    def _release(self) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                self._file.truncate(0)
                self._end = 0


@cache
def store() -> PictureStore:
    """The store of this process."""
    return PictureStore()


class StoredPictures:
    """One image's pictures of an episode (steps, height, width, 3), decoded where an array is asked for.

    Args:
        encoded: a picture per step.
        decode: its function.
        name: the episode's, for messages.
    """

    dtype, ndim = np.dtype(np.uint8), 4

    def __init__(self, encoded: Sequence[bytes], decode: Callable[[bytes], Picture], name: str):
        self._decode, self._name = decode, name
        self.shape = (len(encoded), *(decode(encoded[0]).shape if encoded else (0, 0, 3)))
        self._places = store().add(encoded, self)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, steps: Any) -> Any:
        """As an array's: the picture of a step, those of a slice or an array of steps, or a part of them."""
        if isinstance(steps, tuple):
            return np.asarray(self)[steps]
        chosen = np.arange(len(self))[steps]
        return self._picture(int(chosen)) if np.ndim(chosen) == 0 else self._pictures(chosen.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        pictures = self._pictures(range(len(self)))
        return pictures if dtype is None else pictures.astype(dtype, copy=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return np.asarray, (np.asarray(self),)

    def _pictures(self, steps: Sequence[int]) -> Pictures:
        found = np.empty((len(steps), *self.shape[1:]), np.uint8)
        for number, step in enumerate(steps):
            found[number] = self._picture(step)
        return found

    def _picture(self, step: int) -> Picture:
        try:
            picture = self._decode(store().read(self._places[step]))
        except FileFormatError as e:
            raise FileFormatError(f"episode {self._name}, step {step}: {e}") from None
        if picture.shape != self.shape[1:]:
            raise FileFormatError(
                f"episode {self._name}, step {step}: its picture is {picture.shape}, the first one {self.shape[1:]}"
            )
        return picture


def on_disk(pictures: Pictures, name: str) -> StoredPictures:
    """Pictures (steps, height, width, 3) that are decoded already, out of the memory; `name` is the episode's."""
    return StoredPictures([each.tobytes() for each in pictures], partial(_from_bytes, pictures.shape[1:]), name)


def _from_bytes(shape: tuple[int, ...], data: bytes) -> Picture:
    return np.frombuffer(data, np.uint8).reshape(shape)
