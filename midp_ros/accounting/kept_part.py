"""The kept part of a set of episodes, as a folder or as a list; imports core."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from midp_ros.core.errors import OutputError
from midp_ros.core.files.output import require_writable_folder, write_text

LIST_SUFFIXES = (".txt", ".list")


def is_list(out: str | Path) -> bool:
    """Whether an output is a list of paths, by its suffix, and no folder."""
    return Path(out).suffix in LIST_SUFFIXES


def write_list(paths: Sequence[str | Path], out: str | Path) -> None:
    """One absolute path a line."""
    write_text(Path(out), "".join(f"{Path(p).absolute()}\n" for p in paths))


def write_episodes(paths: Sequence[str | Path], folder: str | Path) -> None:
    """Episodes, files or bags, under their names in a folder: linked where the disk is the same, else copied.

    The originals stay.

    Raises:
        OutputError: the folder is not empty, or cannot be written.
    """
    folder = require_writable_folder(folder)
    if there := sorted(p.name for p in folder.iterdir()):
        raise OutputError(f"{folder} holds {there[0]} already; choose an empty or a new folder")
    for path in map(Path, paths):
        place = folder / path.name
        unfinished = place.with_name(place.name + ".part")
        try:
            if path.is_dir():
                shutil.copytree(path, unfinished, copy_function=_link_or_copy)
            else:
                _link_or_copy(str(path), str(unfinished))
            os.replace(unfinished, place)
        except OSError as e:
            raise OutputError(f"cannot write {place}: {e.strerror or e}") from None


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without links
        shutil.copy2(source, target)
    return target
