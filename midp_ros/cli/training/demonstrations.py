"""Demonstrations in any of their formats; imports recording and pusht."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.file_kind import EPISODE, advice, kind_of

if TYPE_CHECKING:
    from midp_ros.core.episode import Episode


def load_demonstrations(
    data: str, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[list[Episode], str]:
    """The episodes of a folder or of a zarr file of Push-T, and a remark about them, mostly empty.

    Args:
        progress: called after each of a folder's episodes with how many are read, and of how many.

    Raises:
        FileFormatError: no such data, damaged, or another kind of file.
    """
    from midp_ros.pusht.demonstrations import PUBLISHED_SHA256, is_zarr, read_demonstrations
    from midp_ros.recording import load_episodes

    if not is_zarr(data):
        if (kind := kind_of(data)) not in ("", "episodes"):
            raise FileFormatError(advice(data, "episodes" if kind == EPISODE else ""))
        return load_episodes(data, progress=progress), ""
    found = read_demonstrations(data)
    remark = (
        f"{data} does not hold the published Push-T demonstrations: the SHA-256 of its arrays is {found.sha256}, "
        f"theirs is {PUBLISHED_SHA256}"
    )
    return found.episodes, "" if found.published else remark
