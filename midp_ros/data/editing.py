"""Sets of episodes edited: into new sets, or by moving files to the set's trash; imports core and recording, no ROS.

A source is never changed, apart from `delete`, which moves episodes to a folder from which `restore` takes them back.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.errors import FileFormatError, OutputError
from midp_ros.core.files.output import lock_folder
from midp_ros.core.files.output_folder import writing_folder
from midp_ros.data.bag_cutting import cut_bag
from midp_ros.data.cutting import Part, part, split
from midp_ros.data.motion import idle_steps, moving_range
from midp_ros.recording.directory import episode_paths, read_contract, read_episode
from midp_ros.recording.formats.demonstration import Camera, Demonstration, Picture
from midp_ros.recording.formats.mcap_set import read_demonstration
from midp_ros.recording.mcap_file import write_episode

TRASH = "trash"
IDLE_MARGIN_S = 0.3  # kept at a standing end: the policy learns to start and to stop
NUMBER = re.compile(r"episode_(\d+)")

Progress = Callable[[], None]
Change = Callable[[Demonstration], tuple[list[Demonstration], list[str]]]


def trim_to(from_s: float, to_s: float | None, idle: bool) -> Change:
    """Cuts ends: to seconds from the episode's first step, and where the robot stands still before and after."""

    def change(demonstration: Demonstration) -> tuple[list[Demonstration], list[str]]:
        episode = demonstration.episode
        first, stop = moving_range(episode, IDLE_MARGIN_S) if idle else (0, len(episode))
        since_s = episode.time_s - episode.time_s[0]
        wanted = np.flatnonzero((since_s >= from_s) & (since_s <= (np.inf if to_s is None else to_s)))
        if len(wanted):
            first, stop = max(first, int(wanted[0])), min(stop, int(wanted[-1]) + 1)
        if not len(wanted) or stop - first < 2:
            return [], [f"{episode.name} left out: nothing of it remains"]
        if stop - first == len(episode):
            return [demonstration], []
        remark = f"{episode.name}: {first} steps cut at its start, {len(episode) - stop} at its end"
        over = bool(idle_steps(episode)[stop:].all())  # only standing still is cut there
        return [_cut(demonstration, part(episode, first, stop, whole_attempt=over))], [remark]

    return change


def split_at_faults(shortest_steps: int | None) -> Change:
    """Cuts where time has a gap, repeats or goes back; by default a part has at least the executed steps."""

    def change(demonstration: Demonstration) -> tuple[list[Demonstration], list[str]]:
        episode = demonstration.episode
        found = split(episode, shortest_steps or episode.contract.horizon.executed)
        if not found.remarks:
            return [demonstration], []
        return [_cut(demonstration, one) for one in found.parts], list(found.remarks)

    return change


def changed(
    demonstrations: Iterable[Demonstration], change: Change, remark: Callable[[str], None]
) -> Iterator[Demonstration]:
    """Every demonstration after a change; what was done is passed to `remark`, a sentence each."""
    for demonstration in demonstrations:
        results, remarks = change(demonstration)
        for sentence in remarks:
            remark(sentence)
        yield from results


def rewrite(source: Path, out: Path, change: Change, remark: Callable[[str], None], progress: Progress) -> int:
    """Writes a folder's episodes after a change into a new one; returns how many.

    Parts of bags are bags: every topic stays at its full rate. What is not changed is copied.

    Raises:
        FileFormatError: a damaged episode, or none is left.
    """
    number = 0
    with writing_folder(out) as folder:
        for path in _episodes(source):
            demonstration = read_demonstration(path)
            results, remarks = change(demonstration)
            for sentence in remarks:
                remark(sentence)
            for result in results:
                _write_part(path, demonstration, result, folder / _numbered(path, number))
                number += 1
            progress()
        if not number:
            raise FileFormatError(f"no episode is left for {out}; nothing is written")
    return number


def merge(sources: Sequence[Path], out: Path, progress: Progress = lambda: None) -> int:
    """Copies the episodes of several folders, numbered anew, into a new one; returns how many.

    Raises:
        ContractMismatchError: names the episode and the first difference.
        FileFormatError: a damaged episode, or a folder without any.
    """
    paths = [(source, path) for source in sources for path in _episodes(source)]
    contract, whose = read_contract(paths[0][1]), str(paths[0][1])
    with writing_folder(out) as folder:
        for number, (_, path) in enumerate(paths):
            read_episode(path).contract.require_match(contract, str(path), whose)
            target = folder / _numbered(path, number)
            _copy(path, target)
            progress()
    return len(paths)


def delete(folder: Path, numbers: Sequence[int], renumber: bool) -> Path:
    """Moves episodes into a new folder in the set's trash, and returns that.

    Args:
        renumber: closes the gaps in the numbering.

    Raises:
        FileFormatError: an unknown number; nothing is moved.
        BusyError: a recording is running there.
    """
    lock = lock_folder(folder)
    by_number = _by_number(folder)
    if unknown := sorted(set(numbers) - set(by_number)):
        has = f"{min(by_number)} to {max(by_number)}" if by_number else "none"
        raise FileFormatError(f"{folder} has no episode {', '.join(map(str, unknown))}; it has {has}")
    try:
        trash = new_trash(folder)
        for number in sorted(set(numbers)):
            os.rename(by_number[number], trash / by_number[number].name)
        if renumber:
            _close_gaps(folder)
    except OSError as e:
        raise OutputError(f"cannot move episodes of {folder}: {e.strerror}; those in its trash are whole") from None
    del lock
    return trash


def new_trash(folder: Path) -> Path:
    """A new folder in the set's trash."""
    bins = [int(p.name) for p in (folder / TRASH).glob("*") if p.name.isdigit()]
    trash = folder / TRASH / f"{max(bins, default=-1) + 1:03d}"
    trash.mkdir(parents=True)
    return trash


def restore(folder: Path) -> list[Path]:
    """Moves everything from the set's trash back, under new numbers where the old ones are taken."""
    lock = lock_folder(folder)
    restored = []
    for path in sorted((folder / TRASH).glob("*/*")):
        numbers = _by_number(folder)
        match = NUMBER.match(path.name)
        taken = match is not None and int(match[1]) in numbers
        target = folder / (_numbered(path, max(numbers, default=-1) + 1) if taken else path.name)
        os.rename(path, target)
        restored.append(target)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    del lock
    return restored


def _write_part(path: Path, whole: Demonstration, result: Demonstration, target: Path) -> None:
    episode = result.episode
    if result is whole:
        _copy(path, target)
    elif path.is_dir():
        cut_bag(path, target, float(episode.time_s[0]), float(episode.time_s[-1]), episode.info)
    else:
        write_episode(target, episode)


def _copy(path: Path, target: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, target)
    else:
        shutil.copyfile(path, target)


def _close_gaps(folder: Path) -> None:
    """Renames in rising order, each to a number that is free, so that a kill in between loses nothing."""
    for number, (_, path) in enumerate(sorted(_by_number(folder).items())):
        target = folder / _numbered(path, number)
        if target != path:
            os.rename(path, target)


def _episodes(folder: Path) -> list[Path]:
    paths = episode_paths(folder)
    if not paths:
        raise FileFormatError(f"{folder} holds no episodes; `midp data convert` makes them of other formats")
    return paths


def _by_number(folder: Path) -> dict[int, Path]:
    found = {}
    for path in episode_paths(folder):
        if match := NUMBER.match(path.name):
            found[int(match[1])] = path
    return found


def _numbered(path: Path, number: int) -> str:
    return f"episode_{number:06d}{path.suffix if path.is_file() else ''}"


def _cut(demonstration: Demonstration, one: Part) -> Demonstration:
    cameras = {name: _at(camera, one.steps) for name, camera in demonstration.cameras.items()}
    return Demonstration(one.episode, cameras)


def _at(camera: Camera, steps: NDArray[np.intp]) -> Camera:
    wanted = set(steps.tolist())

    def frames() -> Iterator[Picture]:
        seen = enumerate(islice(camera.frames(), int(steps[-1]) + 1))
        return (picture for step, picture in seen if step in wanted)

    return Camera(frames)
