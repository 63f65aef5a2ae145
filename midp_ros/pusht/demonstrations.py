"""Push-T's demonstrations from a zarr file, as episodes; imports core, and zarr where it reads.

Source: Chi et al. 2023, "Diffusion Policy": pusht_cchi_v7_replay.zarr, 206 demonstrations, 25650 steps at 10 Hz.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.pusht.state import STATE_SIZE, TASK, observations, pusht_contract

ORIGIN = (
    "the demonstrations are the Diffusion Policy project's public Push-T data (Chi et al. 2023): unpack its pusht.zip "
    "and give the folder pusht_cchi_v7_replay.zarr"
)
# Of `content_hash` of the published demonstrations; the images beside them do not count.
PUBLISHED_SHA256 = "c8cf74021e4426d7598c0fe7516241a76e1d6572d7246aee2ee847e824c793c8"
ARRAYS = {"data/state": "<f4", "data/action": "<f4", "meta/episode_ends": "<i8"}


@dataclass(frozen=True)
class Demonstrations:
    """Push-T's demonstrations.

    Attributes:
        episodes: in the file's order.
        sha256: of the arrays that were read.
    """

    episodes: list[Episode]
    sha256: str

    @property
    def published(self) -> bool:
        """Whether these are, bit for bit, the demonstrations that the published figures rest on."""
        return self.sha256 == PUBLISHED_SHA256


def is_zarr(path: str | Path) -> bool:
    """Whether a path is, or by its name would be, a zarr file: a zip or a folder."""
    path = Path(path)
    return path.suffix in (".zarr", ".zip") or (path / ".zgroup").is_file()


def read_demonstrations(path: str | Path) -> Demonstrations:
    """Reads data/state, data/action and meta/episode_ends of a zarr folder, or of a zip of one.

    Raises:
        FileFormatError: the file is missing, damaged or of another layout.
    """
    path = Path(path)
    if not path.exists():
        raise FileFormatError(f"there is no {path}; {ORIGIN}")
    arrays = _read_arrays(path)
    state, action, ends = arrays.values()
    _check(path, state, action, ends)
    contract, starts = pusht_contract(), np.concatenate([[0], ends[:-1]])
    episodes = [
        Episode(
            contract,
            np.arange(stop - start) * contract.step_s,
            observations(state[start:stop]),
            action[start:stop].astype(float),
            {"task": TASK, "source": f"{path.name}[{i}]"},
            f"{path}[{i}]",
        )
        for i, (start, stop) in enumerate(zip(starts, ends, strict=True))
    ]
    return Demonstrations(episodes, content_hash(arrays))


def content_hash(arrays: dict[str, NDArray]) -> str:
    """SHA-256 of names, shapes and values: the same however the arrays are packed, chunked or compressed."""
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name} {array.shape} {ARRAYS[name]}\n".encode())
        digest.update(np.ascontiguousarray(array, ARRAYS[name]).tobytes())
    return digest.hexdigest()


def _read_arrays(path: Path) -> dict[str, NDArray]:
    import zarr

    try:
        store = zarr.storage.ZipStore(path, mode="r") if path.is_file() else path
        group = zarr.open_group(store, mode="r")
        return {name: np.asarray(group[name]) for name in ARRAYS}
    except KeyError as e:
        raise FileFormatError(f"{path} lacks {e}; {ORIGIN}") from None
    except Exception as e:  # zip, codecs and zarr raise what they like at damaged bytes
        raise FileFormatError(f"{path} is damaged or not a zarr file: {e or type(e).__name__}; {ORIGIN}") from None


def _check(path: Path, state: NDArray, action: NDArray, ends: NDArray) -> None:
    steps = len(state)
    for name, array, shape in (("state", state, (steps, STATE_SIZE)), ("action", action, (steps, 2))):
        if array.shape != shape:
            raise FileFormatError(f"{path}: data/{name} has shape {array.shape}, Push-T's is {shape}")
    if ends.ndim != 1 or not len(ends) or ends[-1] != steps or (np.diff(ends, prepend=0) < 1).any():
        raise FileFormatError(f"{path}: meta/episode_ends does not rise from above 0 to {steps}, the number of steps")
