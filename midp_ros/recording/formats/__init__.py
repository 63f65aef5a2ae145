"""Data sets in other projects' formats: LeRobotDataset v3.0 and v2.1, zarr, HDF5; imports core and recording, no ROS.

What a format has no place for travels beside the data, so that a set of ours comes back as it was; `sidecar`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.step_times import StepTimeError, gaps, uninterrupted_parts
from midp_ros.recording.formats import hdf5_set, mcap_set, rerun_set, zarr_set
from midp_ros.recording.formats.demonstration import Camera, Demonstration, DemonstrationSet, require_one_kind
from midp_ros.recording.formats.lerobot import reader as lerobot_reader
from midp_ros.recording.formats.lerobot import writer as lerobot_writer
from midp_ros.recording.formats.lerobot.layout import INFO, V3, V21
from midp_ros.recording.formats.options import ReadOptions

__all__ = [
    "FORMATS",
    "WITH_TIMES",
    "WRITERS",
    "Camera",
    "Demonstration",
    "DemonstrationSet",
    "ReadOptions",
    "format_of",
    "open_set",
    "write_set",
]

LEROBOT, LEROBOT_V21 = "lerobot", "lerobot-v2.1"
Write = Callable[[Path, Contract, Iterable[Demonstration]], None]
FORMATS: dict[str, Write] = {
    mcap_set.FORMAT: mcap_set.write,
    LEROBOT: partial(lerobot_writer.write, layout=V3),
    LEROBOT_V21: partial(lerobot_writer.write, layout=V21),
    zarr_set.FORMAT: zarr_set.write,
    hdf5_set.FORMAT: hdf5_set.write,
}
WRITERS: dict[str, Write] = {**FORMATS, rerun_set.FORMAT: rerun_set.write}  # also those that are never read
WITH_TIMES = (mcap_set.FORMAT, rerun_set.FORMAT)  # any times, and marks of failures
HDF5_START = b"\x89HDF\r\n\x1a\n"


def format_of(path: Path) -> str:
    """The format of what lies at a path, by its content; raises FileFormatError naming what is known."""
    if not path.exists():
        raise FileFormatError(f"there is no {path}")
    if (path / INFO).is_file():
        return LEROBOT
    if path.is_dir():
        if any((path / name).exists() for name in (".zgroup", "zarr.json")):
            return zarr_set.FORMAT
        return mcap_set.FORMAT
    if path.suffix == mcap_set.SUFFIX:
        return mcap_set.FORMAT
    with open(path, "rb") as file:
        start = file.read(8)
    if path.suffix == rerun_set.SUFFIX:
        raise FileFormatError(f"{path} is a recording for Rerun, which is written only; `rerun {path}` shows it")
    if start == HDF5_START:
        return hdf5_set.FORMAT
    if start[:4] == b"PK\x03\x04":
        return zarr_set.FORMAT
    known = "episodes (MCAP), a LeRobotDataset, zarr (a folder or a zip) or HDF5"
    raise FileFormatError(f"{path} is none of the known formats: {known}")


def open_set(path: Path, options: ReadOptions | None = None) -> DemonstrationSet:
    """Opens a set of any format; raises FileFormatError, ContractMismatchError."""
    readers = {
        mcap_set.FORMAT: mcap_set.read,
        LEROBOT: lerobot_reader.read,
        zarr_set.FORMAT: zarr_set.read,
        hdf5_set.FORMAT: hdf5_set.read,
    }
    return readers[format_of(path)](path, options or ReadOptions())


def write_set(path: Path, format_name: str, contract: Contract, demonstrations: Iterable[Demonstration]) -> None:
    """Writes a set whole or not at all; never over one that is there.

    Raises:
        UnknownNameError: the format.
        FileFormatError: an episode whose times another format cannot hold: those have steps alone.
        OutputError: the place is taken, or the disk refuses.
    """
    if format_name not in WRITERS:
        raise UnknownNameError("format", format_name, WRITERS)
    checked = _some(require_one_kind(iter(demonstrations), contract), path)
    WRITERS[format_name](path, contract, checked if format_name in WITH_TIMES else _evenly_timed(checked))


def _some(demonstrations: Iterable[Demonstration], path: Path) -> Iterator[Demonstration]:
    found = False
    for demonstration in demonstrations:
        found = True
        yield demonstration
    if not found:
        raise FileFormatError(f"no episode is left for {path}; nothing is written")


def _evenly_timed(demonstrations: Iterable[Demonstration]) -> Iterator[Demonstration]:
    for demonstration in demonstrations:
        episode = demonstration.episode
        remedy = "; `midp data split` cuts it there"
        try:
            parts = uninterrupted_parts(episode)
        except StepTimeError as e:
            raise StepTimeError(f"{e}{remedy}, or leaves it out") from None
        if interrupted := gaps(episode, parts):
            raise FileFormatError(f"{interrupted}; other formats know steps only{remedy}")
        yield demonstration
