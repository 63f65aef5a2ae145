"""A directory of recorded episodes, read and checked together; imports core, no ROS."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.recording.mcap_file import SUFFIX, read_episode, read_info

LOG = logging.getLogger(__name__)
ON_BAD = ("raise", "skip")


def episode_paths(directory: str | Path) -> list[Path]:
    """The directory's finished episode files in order; unfinished ones have another suffix."""
    return sorted(Path(directory).glob(f"*{SUFFIX}"))


def recorded_info(directory: str | Path) -> list[dict[str, Any]]:
    """Info of every finished episode in a directory, without its steps; raises FileFormatError at a damaged file."""
    return [read_info(path) for path in episode_paths(directory)]


def load_episodes(directory: str | Path, on_bad: str = "raise", contract: Contract | None = None) -> list[Episode]:
    """Reads every episode of a directory in order.

    Args:
        directory: holds `*.mcap` files.
        on_bad: `raise` at a damaged file, or `skip` it with a logged warning.
        contract: what all must agree with; without it, the first episode's.

    Raises:
        FileFormatError: a damaged file, or no episodes.
        ContractMismatchError: names the file and the first difference.
    """
    if on_bad not in ON_BAD:
        raise UnknownNameError("on_bad", on_bad, ON_BAD)
    directory = Path(directory)
    paths = episode_paths(directory)
    if not paths:
        what = "holds no episodes" if directory.is_dir() else "is not a directory"
        raise FileFormatError(f"{directory} {what}; record some with: midp record --out {directory}")
    episodes: list[Episode] = []
    expected, whose = contract, "the given contract"
    for path in paths:
        try:
            episode = read_episode(path)
        except FileFormatError as e:
            if on_bad == "raise":
                raise
            LOG.warning("skipped: %s", e)
            continue
        if expected is None:
            expected, whose = episode.contract, str(path)
        episode.contract.require_match(expected, str(path), whose)
        episodes.append(episode)
    if not episodes:
        raise FileFormatError(f"{directory} holds no readable episode among {len(paths)} files")
    return episodes
