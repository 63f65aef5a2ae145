"""A directory of recorded episodes, read and checked together; imports core, no ROS.

An episode is a step-wise file, `episode_000000.mcap`, or a bag of raw messages, the folder `episode_000000`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.files.output import UNFINISHED_SUFFIX
from midp_ros.recording import mcap_file
from midp_ros.recording.bag.metadata_file import NAME, read_bag_info
from midp_ros.recording.mcap_file import SUFFIX

LOG = logging.getLogger(__name__)
ON_BAD = ("raise", "skip")
NUMBERED = re.compile(r"episode_(\d+)")


def is_bag(path: str | Path) -> bool:
    """Whether an episode is a finished bag of raw messages rather than a file of steps."""
    return (Path(path) / NAME).is_file() and Path(path).suffix != UNFINISHED_SUFFIX


def episode_paths(directory: str | Path) -> list[Path]:
    """The directory's finished episodes in order, files and bags; unfinished ones have another suffix."""
    bags = [path.parent for path in Path(directory).glob(f"*/{NAME}") if is_bag(path.parent)]
    return sorted([*Path(directory).glob(f"*{SUFFIX}"), *bags], key=lambda path: (path.stem, path.name))


def next_number(directory: str | Path) -> int:
    """Number for the next episode: behind every one that is there, unfinished ones included."""
    found = (NUMBERED.match(path.name) for path in Path(directory).glob("episode_*"))
    return max((int(match.group(1)) for match in found if match), default=-1) + 1


def read_episode(path: str | Path, contract: Contract | None = None) -> Episode:
    """Reads one episode.

    Args:
        contract: of a bag, whose raw messages are resampled: what the episode shall hold; None: the recorded one.
            A file's must agree with it.

    Raises:
        FileFormatError: names the file and what is wrong with it.
        ContractMismatchError: names the first difference.
    """
    if Path(path).is_dir():
        from midp_ros.recording.resampling import resample  # it loads the kinematics, which files do not need

        return resample(path, contract)
    episode = mcap_file.read_episode(path)
    if contract is not None:
        episode.contract.require_match(contract, str(path), "the given contract")
    return episode


def read_info(path: str | Path) -> dict[str, Any]:
    """An episode's info without its steps; raises FileFormatError naming the file and what is wrong with it."""
    return read_bag_info(Path(path)) if Path(path).is_dir() else mcap_file.read_info(path)


def read_contract(path: str | Path) -> Contract:
    """The contract that an episode was recorded under; raises FileFormatError."""
    if Path(path).is_dir():
        from midp_ros.recording.bag.bag_reader import BagReader

        return Contract.from_dict(BagReader(path).metadata("midp_contract"))
    return mcap_file.read_contract(path)


def recorded_info(directory: str | Path) -> list[dict[str, Any]]:
    """Info of every finished episode in a directory, without its steps; raises FileFormatError at a damaged file."""
    return [read_info(path) for path in episode_paths(directory)]


def load_episodes(
    directory: str | Path,
    on_bad: str = "raise",
    contract: Contract | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Episode]:
    """Reads every episode of a directory in order.

    Args:
        directory: holds `*.mcap` files and bags.
        on_bad: `raise` at a damaged file, or `skip` it with a logged warning.
        contract: what bags are resampled for, and all files must agree with; without it, the first episode's.
        progress: called with how many episodes are read, and of how many.

    Raises:
        FileFormatError: a damaged file, or no episodes.
        ContractMismatchError: names the file and the first difference.
    """
    if on_bad not in ON_BAD:
        raise UnknownNameError("on_bad", on_bad, ON_BAD)
    directory = Path(directory)
    paths = episode_paths(directory)
    if not paths:
        raise FileFormatError(_why_empty(directory))
    episodes: list[Episode] = []
    expected, whose = contract, "the given contract"
    for number, path in enumerate(paths):
        progress(number, len(paths))
        try:
            episode = read_episode(path, contract if is_bag(path) else None)
        except FileFormatError as e:
            if on_bad == "raise":
                raise
            LOG.warning("skipped: %s", e)
            continue
        if expected is None:
            expected, whose = episode.contract, str(path)
        episode.contract.require_match(expected, str(path), whose)
        episodes.append(episode)
    progress(len(paths), len(paths))
    if not episodes:
        raise FileFormatError(f"{directory} holds no readable episode among {len(paths)} files")
    return episodes


def _why_empty(directory: Path) -> str:
    if not directory.is_dir():
        return f"{directory} is not a directory; record some with: midp record --out {directory}"
    if unfinished := sorted(directory.glob(f"episode_*{UNFINISHED_SUFFIX}")):
        return f"{directory} holds unfinished recordings only; `midp data repair {unfinished[0]}` finishes one"
    return f"{directory} holds no episodes; record some with: midp record --out {directory}"
